import 'reflect-metadata';
import '../../config/running.js';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AccessModule } from '@mpp/access';
import { Settings } from '@mpp/config';
import { OutboxModule } from '@mpp/outbox';
import { PlatformModule, requireDatabase } from '@mpp/platform';
import {
  Discrepancies,
  Registries,
  RegistriesModule,
  type Registry,
  RegistryIntake,
  RegistryProcessing,
} from '@mpp/registries';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { printLine, runCommand } from './command-line.js';
import { ProgressLine } from './progress-line.js';
import { SCHEMA } from './schema.js';

const USAGE = 'usage: npm run registry:import FILE…, with the settings of the server';
const POLL_INTERVAL_MS = 500;
/** The command does not call Kaspi. */
const UNUSED_KASPI_URL = 'http://127.0.0.1:9';

/** Exit codes; the highest of all files counts. */
const AGREES = 0;
const DIFFERS = 1;
const FAILED = 2;

@Module({})
class ImportModule {
  static with(settings: Settings) {
    const imports = [PlatformModule.with({ settings, schema: SCHEMA }), OutboxModule, AccessModule];
    return { module: ImportModule, imports: [...imports, RegistriesModule] };
  }
}

/** Imports the given registries and prints the result of each. Returns the exit code. */
async function main(): Promise<number> {
  const { positionals: files } = parseArgs({ allowPositionals: true, options: {} });
  if (files.length === 0) throw new Error(USAGE);
  const settings = commandSettings(process.env);
  await requireDatabase(settings.DATABASE_URL);
  // No log between the printed lines; results and alerts are in the database.
  const app = await NestFactory.createApplicationContext(ImportModule.with(settings), {
    logger: false,
    abortOnError: false,
  });
  try {
    let worst = AGREES;
    for (const file of files) worst = Math.max(worst, await importFile(app, file, settings.REGISTRY_MAX_BYTES));
    return worst;
  } finally {
    await app.close();
  }
}

/** The server's settings, without the required ones that only a server uses, and without background work. */
function commandSettings(env: NodeJS.ProcessEnv): Settings {
  const KASPI_BASE_URL = env.KASPI_BASE_URL || UNUSED_KASPI_URL;
  return Settings.read({
    ...env,
    KASPI_BASE_URL,
    NODE_ENV: 'development',
    BACKGROUND_WORK: 'off',
    LOG_LEVEL: 'silent',
  });
}

async function importFile(app: INestApplicationContext, file: string, maxBytes: number): Promise<number> {
  const name = basename(file);
  try {
    const path = await resolveFile(file, maxBytes);
    const intake = app.get(RegistryIntake, { strict: false });
    const { id, known } = await intake.receiveFile({ name, path, source: 'COMMAND', from: null });
    printLine(`${name} is ${known ? 'known as ' : ''}registry ${id}`);
    const registry = await processRegistry(app, id);
    for (const line of describeOutcome(registry)) printLine(line);
    const counts = await app.get(Discrepancies, { strict: false }).countByKind(id);
    for (const { kind, found, open } of counts) printLine(`  ${kind}: ${found}, open: ${open}`);
    return exitCodeOf(registry);
  } catch (error) {
    printLine(`${name} cannot be read: ${(error as Error).message}`);
    return FAILED;
  }
}

async function resolveFile(file: string, maxBytes: number): Promise<string> {
  // npm changes to the folder of the package before it runs the script.
  const { npm_lifecycle_event: script, INIT_CWD: from } = process.env;
  const path = resolve(script === 'registry:import' && from !== undefined ? from : '.', file);
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`it has ${size} bytes, and REGISTRY_MAX_BYTES is ${maxBytes}`);
  return path;
}

/** Processes the registry, or waits for the process that does; a dead process loses its lease. */
async function processRegistry(app: INestApplicationContext, id: string): Promise<Registry> {
  const registries = app.get(Registries, { strict: false });
  const processing = app.get(RegistryProcessing, { strict: false });
  const progress = new ProgressLine(process.stdout);
  for (let waits = false; ; ) {
    const registry = await registries.readRegistry(id);
    if (registry.status !== 'PROCESSING') return registry;
    try {
      if (await processing.processRegistry(id, (rows, total) => progress.show(rows, total))) continue;
    } finally {
      progress.end();
    }
    if (!waits) printLine('another process reads it: waiting');
    waits = true;
    await pause(POLL_INTERVAL_MS);
  }
}

function describeOutcome({ status, failure, kind, period, rows, matched, rowErrors, ...counts }: Registry): string[] {
  if (status === 'FAILED') return [`FAILED: ${failure}`];
  return [
    `${status}: ${kind}, ${period?.from} to ${period?.to}`,
    `rows: ${rows}, matched: ${matched}${rowErrors > 0 ? `, unreadable: ${rowErrors}` : ''}`,
    `differences: ${counts.discrepancies}, open: ${counts.openDiscrepancies}`,
  ];
}

/** An unreadable row was not compared, so it counts as a difference. */
function exitCodeOf({ status, openDiscrepancies, rowErrors }: Registry): number {
  if (status === 'FAILED') return FAILED;
  return openDiscrepancies > 0 || rowErrors > 0 ? DIFFERS : AGREES;
}

runCommand(main, FAILED);
