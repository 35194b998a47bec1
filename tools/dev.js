/**
 * `npm run dev`: what `npm start` runs, built anew and restarted whenever a source file changes. A build that fails leaves
 * the running one alone. Ctrl-C ends all of it. Types are not checked here: `npx tsc -p . --watch` does that beside it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';

const SOURCES = ['apps', 'libs', 'config'];
/** An editor or git writes several files at once. */
const SETTLED_AFTER_MS = 100;

/** @type {import('node:child_process').ChildProcess | null} */
let running = null;
let ending = false;

function say(text) {
  process.stderr.write(`dev: ${text}\n`);
}

/** Resolves when it has ended, with true when it succeeded. */
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
    if (code !== 0) say('it has ended, waiting for a change');
  });
}

async function stop() {
  if (running === null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
}

async function restart() {
  if (!(await build())) return say('the build failed, waiting for a change');
  await stop();
  if (!ending) start();
}

/** One restart at a time; whatever changes during one leads to exactly one more. */
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
  // From a terminal it has got the signal already; twice within half a second counts once.
  running.kill(signal);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
for (const folder of SOURCES) watch(folder, { recursive: true }, (_event, file) => onChange(file));
onChange('first.ts');
