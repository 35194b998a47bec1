/**
 * `npm run dev`: runs the program of `npm start`, and builds and restarts it when a source file changes. After a failed build the
 * running program stays. Ctrl-C ends everything. Types are not checked: run `npx tsc -p . --watch` in another terminal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';

const SOURCES = ['apps', 'libs', 'config'];
/** Waits this long after a change, since an editor or git writes several files at once. */
const SETTLED_AFTER_MS = 100;

/** @type {import('node:child_process').ChildProcess | null} */
let running = null;
let ending = false;

function print(text) {
  process.stderr.write(`dev: ${text}\n`);
}

/** Returns whether the build succeeded. */
async function build() {
  const [code] = await once(spawn('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }), 'exit');
  return code === 0;
}

function start() {
  const program = ['--enable-source-maps', 'dist/apps/quickstart/main.js', ...process.argv.slice(2)];
  const child = spawn(process.execPath, program, { stdio: 'inherit' });
  running = child;
  child.once('exit', (code) => {
    running = null;
    if (ending) process.exit(code ?? 1);
    if (code !== 0) print('the program has ended, waiting for a change');
  });
}

async function stop() {
  if (running === null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
}

async function restart() {
  if (!(await build())) return print('the build failed, waiting for a change');
  await stop();
  if (!ending) start();
}

/** One restart at a time; changes during a restart cause exactly one more. */
let changed = false;
let busy = false;
let timer;

function onChange(file) {
  if (!file?.endsWith('.ts') || file.endsWith('.spec.ts')) return;
  changed = true;
  clearTimeout(timer);
  timer = setTimeout(restartWhileChanged, SETTLED_AFTER_MS);
}

async function restartWhileChanged() {
  if (busy) return;
  busy = true;
  while (changed && !ending) {
    changed = false;
    await restart();
  }
  busy = false;
}

function end(signal) {
  ending = true;
  if (running === null) process.exit(0);
  // A terminal has sent the signal to the program already; two signals within half a second count as one.
  running.kill(signal);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
for (const folder of SOURCES) watch(folder, { recursive: true }, (_event, file) => onChange(file));
onChange('first.ts');
