/**
 * `npm run build`: compiles apps/, libs/ and config/, and the folders named as arguments, into the folder `dist`. Does nothing if it
 * was built of the same sources. `dist` is a link to a folder in builds/, and changes as a whole: a failed or killed build leaves it
 * as it was, and the files of running programs stay until they end (docs/decisions/0025-builds-beside-running-programs.md).
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { basename, join } from 'node:path';

const FOLDERS = ['apps', 'libs', 'config', ...process.argv.slice(2)];
const SWC = 'node_modules/@swc/cli';
/** What decides about the result, beside the sources. */
const TOOLS = [
  'tools/build.js',
  'package.json',
  '.swcrc',
  `${SWC}/package.json`,
  'node_modules/@swc/core/package.json',
];
const DIST = 'dist';
const BUILDS = 'builds';
/** Programs that are just starting from a build have not entered themselves yet (config/running.ts). */
const STARTING_MS = 10 * 60_000;

function build() {
  for (let hash = sourceHash(); linkedBuild()?.startsWith(`${hash}-`) !== true; hash = sourceHash()) {
    const folder = compile(hash);
    if (folder === null) return 1;
    // Sources that changed meanwhile may be compiled in part.
    if (sourceHash() === hash) link(folder);
    else rmSync(folder, { recursive: true });
  }
  for (const name of readdirSync(BUILDS)) if (name !== linkedBuild()) removeUnused(join(BUILDS, name));
  return 0;
}

function sourceHash() {
  const files = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((file) => join(file.parentPath, file.name));
  const hash = createHash('sha256');
  for (const path of [...TOOLS, ...files.toSorted()]) {
    const content = readFileSync(path);
    hash.update(`\n${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The name of the build that `dist` leads to; null if there is none. */
function linkedBuild() {
  const isLink = lstatSync(DIST, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(DIST);
  return isLink ? basename(readlinkSync(DIST)) : null;
}

/** Returns the new folder, or null if the sources cannot be compiled. */
function compile(hash) {
  const folder = join(BUILDS, `${hash}-${randomUUID().slice(0, 8)}`);
  mkdirSync(join(folder, 'running'), { recursive: true });
  // Programs of any user enter themselves, as in a folder for temporary files.
  chmodSync(join(folder, 'running'), 0o1777);
  const options = ['--quiet', '--copy-files', '--ignore', '**/*.spec.ts'];
  const { status } = spawnSync(process.execPath, [`${SWC}/bin/swc.js`, ...FOLDERS, '-d', folder, ...options], {
    stdio: 'inherit',
  });
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  process.stderr.write(`build: the sources above cannot be compiled, ${DIST} is unchanged\n`);
  return null;
}

/** Lets `dist` lead to the folder. There is a whole `dist` at each moment. */
function link(folder) {
  const before = linkedBuild();
  if (before !== null) startCounting(join(BUILDS, before));
  // Before there were links, `dist` was a folder.
  else if (existsSync(DIST)) {
    const former = join(BUILDS, randomUUID());
    renameSync(DIST, former);
    startCounting(former);
  }
  symlinkSync(folder, `${folder}.link`);
  renameSync(`${folder}.link`, DIST);
}

/** From now on, no program starts from this build. */
function startCounting(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // It belongs to another user, and so only that user removes it.
  }
}

/** Removes a build, also an unfinished one, that nothing was started from for a while and whose programs have all ended. */
function removeUnused(folder) {
  try {
    if (Date.now() - lstatSync(folder).mtimeMs < STARTING_MS) return;
    const running = join(folder, 'running');
    if (existsSync(running) && readdirSync(running).some((pid) => isAlive(Number(pid)))) return;
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another build is removing it, or it belongs to another user.
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

process.exitCode = build();
