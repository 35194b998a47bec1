import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CannotStart, codeOf, messageOf } from './cannot-start.js';

const NAME = '.quickstart.sock';
const ANSWERS_WITHIN_MS = 2_000;
/** ENOTSOCK: a file of that name that is no socket at all. */
const NOBODY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTSOCK']);

/** What the holder of a folder tells whoever wants it too. */
export interface Holder {
  readonly pid: number;
  readonly publicUrl: string | null;
}

export interface FolderLock {
  readonly folder: string;
  /** From now on others are told this address too. */
  announce(publicUrl: string): void;
  release(): Promise<void>;
}

/**
 * Takes the folder for this process alone; throws {@link CannotStart} with the holder's own words where it is taken. The
 * lock is a socket on which we listen: the kernel frees it when we end in any way, and a file that nobody listens on
 * holds nothing. Nothing is guessed from a process number.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt += 1) {
    const holder = { pid: process.pid, publicUrl: null as string | null };
    const server = createServer((socket) => socket.on('error', () => {}).end(JSON.stringify(holder)));
    const problem = await listening(server, folder);
    if (problem === null) {
      server.unref();
      const release = () => new Promise<void>((resolve) => inFolder(folder, () => server.close(() => resolve())));
      return { folder, announce: (publicUrl) => Object.assign(holder, { publicUrl }), release };
    }
    if (codeOf(problem) !== 'EADDRINUSE') throw unusable(folder, problem);
    await demandStale(folder);
    // Whoever was faster than we three times over is no leftover.
    if (attempt === 3) throw new CannotStart(`DATA_DIR: ${folder} is being taken by other starts at this moment`);
  }
}

function listening(server: Server, folder: string): Promise<unknown> {
  return new Promise((resolve) => {
    server.once('listening', () => resolve(null));
    server.once('error', resolve);
    inFolder(folder, () => server.listen(NAME));
  });
}

/** Removes a socket that nobody listens on; throws where somebody does. */
async function demandStale(folder: string): Promise<void> {
  const seen = inFolder(folder, inodeOf);
  const answer = await ask(inFolder(folder, () => connect({ path: NAME }))).catch((error: unknown) => {
    throw unusable(folder, error);
  });
  if (answer === 'nobody') {
    // Only the file that was asked, not one that another start has put there meanwhile.
    inFolder(folder, () => {
      if (seen !== null && inodeOf() === seen) unlinkSync(NAME);
    });
    return;
  }
  const at = answer.publicUrl === null ? 'it is still starting' : `mobile API at ${answer.publicUrl}`;
  throw new CannotStart(
    `Already running as process ${answer.pid}, ${at}.\n` +
      `It holds DATA_DIR ${folder}: stop it, or choose another DATA_DIR and other ports for a second one`,
  );
}

function ask(socket: Socket): Promise<Holder | 'nobody'> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(ANSWERS_WITHIN_MS, () => socket.destroy(new Error('its holder does not answer')));
    socket.on('data', (part) => {
      text += part;
    });
    socket.once('end', () => {
      try {
        resolve(JSON.parse(text) as Holder);
      } catch {
        // It ended while it answered.
        resolve('nobody');
      }
    });
    socket.once('error', (error) => (NOBODY.has(codeOf(error) ?? '') ? resolve('nobody') : reject(error)));
  });
}

function inodeOf(): number | null {
  return lstatSync(NAME, { throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Does something in that folder, at once: a socket's address holds 107 bytes at most, which a long path exceeds and a bare
 * name never does. Binding, connecting and unlinking at close take the name when they are called.
 */
function inFolder<T>(folder: string, act: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return act();
  } finally {
    process.chdir(before);
  }
}

function unusable(folder: string, error: unknown): CannotStart {
  return new CannotStart(`DATA_DIR: ${folder} cannot be used: ${messageOf(error)}`);
}
