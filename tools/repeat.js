/**
 * `npm run test:repeat -- 10 --busy 2 -- npm test -- libs/ledger`: runs a command N times, beside busy loops that compete
 * for the processor, and prints for each run how long it took and which tests failed.
 *
 *   node tools/repeat.js <runs> [--busy <loops>] [--stop] -- <command> [arguments]
 *
 * `--stop` ends after the first failed run. A run fails if the command fails, or if a jest worker did not exit by itself.
 * The output of failed runs is kept in a folder that the summary names. Exits with 1 if a run failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';

const USAGE = 'usage: node tools/repeat.js <runs> [--busy <loops>] [--stop] -- <command> [arguments]';
/** Ends within a second after this process, even if this process is killed. */
const BUSY_LOOP = `
  const parent = process.ppid;
  while (process.ppid === parent) for (const until = Date.now() + 1000; Date.now() < until; );
`;
const STUCK_WORKER = /A worker process has failed to exit gracefully|Jest did not exit one second after/;

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

function start(command, args, stdio) {
  const child = spawn(command, args, { stdio });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function readArguments() {
  const end = process.argv.indexOf('--');
  const command = end === -1 ? [] : process.argv.slice(end + 1);
  const options = { busy: { type: 'string', default: '0' }, stop: { type: 'boolean', default: false } };
  const args = process.argv.slice(2, end === -1 ? undefined : end);
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [runs, busy] = [Number(positionals[0]), Number(values.busy)];
  if (positionals.length !== 1 || !(runs >= 1) || !(busy >= 0) || command.length === 0) throw new Error(USAGE);
  return { runs, busy, stop: values.stop, command };
}

/** Runs the command once and writes its output to the log. Returns its exit code, or the signal that ended it. */
async function run([command, ...args], log) {
  const output = createWriteStream(log);
  const child = start(command, args, ['ignore', 'pipe', 'pipe']);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false });
  const [code, signal] = await once(child, 'close');
  output.end();
  await once(output, 'finish');
  return signal ?? code;
}

/** The names of the tests that jest reported as failed, and what else was wrong with the run. */
async function failuresIn(log, result) {
  const text = stripVTControlCharacters(await readFile(log, 'utf8'));
  const names = new Set(Array.from(text.matchAll(/^ {2}● (.+)$/gm), ([, name]) => name));
  if (STUCK_WORKER.test(text)) names.add('(a jest worker did not exit by itself)');
  if (result !== 0 && names.size === 0) names.add(`(the command ended with ${result})`);
  return [...names];
}

/** @param {string} line */
const print = (line) => process.stdout.write(`${line}\n`);
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

function summarize(times, failed, folder) {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  print(`\n${times.length} runs, ${failed.size} failed`);
  print(`time: ${seconds(sorted[0])} to ${seconds(sorted.at(-1))}, median ${seconds(median)}`);
  const names = [...failed.values()].flat();
  for (const name of new Set(names)) print(`  failed in ${names.filter((other) => other === name).length}: ${name}`);
  if (failed.size > 0) print(`output of the failed runs: ${folder}`);
}

async function main() {
  const { runs, busy, stop, command } = readArguments();
  const folder = await mkdtemp(join(tmpdir(), 'repeat-'));
  for (let loop = 0; loop < busy; loop++) start(process.execPath, ['-e', BUSY_LOOP], 'ignore');
  const [times, failed] = [[], new Map()];
  for (let number = 1; number <= runs && !(stop && failed.size > 0); number++) {
    const log = join(folder, `run-${number}.log`);
    const started = performance.now();
    const result = await run(command, log);
    times.push(performance.now() - started);
    const names = await failuresIn(log, result);
    print(`run ${number}: ${names.length === 0 ? 'ok' : 'FAILED'}, ${seconds(times.at(-1))}`);
    for (const name of names) print(`  ${name}`);
    if (names.length === 0) await rm(log);
    else failed.set(number, names);
  }
  summarize(times, failed, folder);
  if (failed.size === 0) await rm(folder, { recursive: true });
  process.exitCode = failed.size === 0 ? 0 : 1;
}

function endChildren() {
  for (const child of children) child.kill();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endChildren();
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  endChildren();
}
