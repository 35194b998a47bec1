import 'reflect-metadata';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AccessModule } from '@mpp/access';
import { Settings } from '@mpp/config';
import { OutboxModule } from '@mpp/outbox';
import { PlatformModule } from '@mpp/platform';
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
import { demandDatabase } from './migrate.js';
import { ProgressLine } from './progress-line.js';
import { SCHEMA } from './schema.js';

const USAGE = 'usage: npm run registry:import FILE…, with the settings of the server';
const LOOK_AGAIN_AFTER_MS = 500;
/** Nothing here calls Kaspi. */
const NOBODY = 'http://127.0.0.1:9';

/** What it ends with: the worst of all files. */
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

/** Takes in and reads the registries that are named, and prints what came of each. Returns the exit code. */
async function main(): Promise<number> {
  const { positionals: files } = parseArgs({ allowPositionals: true, options: {} });
  if (files.length === 0) throw new Error(USAGE);
  const settings = settingsOf(process.env);
  await demandDatabase(settings.DATABASE_URL);
  // A log between the lines would be read by nobody; what happened is in the database, alerts too.
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

/** Those of the server, but for what only a server needs. Nothing is done on a schedule here. */
function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const KASPI_BASE_URL = env.KASPI_BASE_URL || NOBODY;
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
    const path = await demandFile(file, maxBytes);
    const intake = app.get(RegistryIntake, { strict: false });
    const { id, known } = await intake.receiveFile({ name, path, source: 'COMMAND', from: null });
    say(`${name} is ${known ? 'known as ' : ''}registry ${id}`);
    const registry = await readToTheEnd(app, id);
    for (const line of outcomeOf(registry)) say(line);
    const counts = await app.get(Discrepancies, { strict: false }).countByKind(id);
    for (const { kind, found, open } of counts) say(`  ${kind}: ${found}, open: ${open}`);
    return codeOf(registry);
  } catch (error) {
    say(`${name} cannot be read: ${(error as Error).message}`);
    return FAILED;
  }
}

async function demandFile(file: string, maxBytes: number): Promise<string> {
  // npm goes to the folder of the package before it runs anything.
  const { npm_lifecycle_event: script, INIT_CWD: from } = process.env;
  const path = resolve(script === 'registry:import' && from !== undefined ? from : '.', file);
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`it has ${size} bytes, and REGISTRY_MAX_BYTES is ${maxBytes}`);
  return path;
}

/** Reads it, or waits for the process that does; one that died at it loses it after a while. */
async function readToTheEnd(app: INestApplicationContext, id: string): Promise<Registry> {
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
    if (!waits) say('another process reads it: waiting');
    waits = true;
    await pause(LOOK_AGAIN_AFTER_MS);
  }
}

function outcomeOf({ status, failure, kind, period, rows, matched, rowErrors, ...counts }: Registry): string[] {
  if (status === 'FAILED') return [`FAILED: ${failure}`];
  return [
    `${status}: ${kind}, ${period?.from} to ${period?.to}`,
    `rows: ${rows}, matched: ${matched}${rowErrors > 0 ? `, unreadable: ${rowErrors}` : ''}`,
    `differences: ${counts.discrepancies}, open: ${counts.openDiscrepancies}`,
  ];
}

/** A row that nobody could read was compared with nothing. */
function codeOf({ status, openDiscrepancies, rowErrors }: Registry): number {
  if (status === 'FAILED') return FAILED;
  return openDiscrepancies > 0 || rowErrors > 0 ? DIFFERS : AGREES;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = FAILED;
  },
);
