import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CannotStart, codeOf, messageOf } from '../cannot-start.js';

const SOCKET = '.quickstart.sock';
const ANSWER_TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 3;
/** No process listens. ENOTSOCK: the file is not a socket. */
const NOT_LISTENING = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTSOCK']);

/** The answer of the process that holds a folder to another start. */
interface Holder {
  readonly pid: number;
  readonly publicUrl: string | null;
}

export interface FolderLock {
  readonly folder: string;
  /** Other starts get this address from now on. */
  announceUrl(publicUrl: string): void;
  release(): Promise<void>;
}

/**
 * Locks the folder for this process; throws {@link CannotStart} with the holder's process and address if it is locked. The
 * lock is a socket on which this process listens: the kernel ends it with the process, and a socket file on which no process
 * listens is no lock. No process id is guessed.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt += 1) {
    const holder = { pid: process.pid, publicUrl: null as string | null };
    const server = createServer((socket) => socket.on('error', () => {}).end(JSON.stringify(holder)));
    const problem = await listen(server, folder);
    if (problem === null) {
      server.unref();
      const release = () => new Promise<void>((resolve) => inFolder(folder, () => server.close(() => resolve())));
      return { folder, announceUrl: (publicUrl) => Object.assign(holder, { publicUrl }), release };
    }
    if (codeOf(problem) !== 'EADDRINUSE') throw cannotUse(folder, problem);
    await removeStaleSocket(folder);
    if (attempt === MAX_ATTEMPTS)
      throw new CannotStart(`DATA_DIR: ${folder} is being locked by other starts at this moment`);
  }
}

function listen(server: Server, folder: string): Promise<unknown> {
  return new Promise((resolve) => {
    server.once('listening', () => resolve(null));
    server.once('error', resolve);
    inFolder(folder, () => server.listen(SOCKET));
  });
}

/** Removes a socket on which no process listens; throws {@link CannotStart} if one does. */
async function removeStaleSocket(folder: string): Promise<void> {
  const inode = inFolder(folder, socketInode);
  const holder = await readHolder(inFolder(folder, () => connect({ path: SOCKET }))).catch((error: unknown) => {
    throw cannotUse(folder, error);
  });
  if (holder === null) {
    // Only the same file, not one that another start has created since.
    inFolder(folder, () => {
      if (inode !== null && socketInode() === inode) unlinkSync(SOCKET);
    });
    return;
  }
  const at = holder.publicUrl === null ? 'it is still starting' : `mobile API at ${holder.publicUrl}`;
  throw new CannotStart(
    `Already running as process ${holder.pid}, ${at}.\n` +
      `It uses DATA_DIR ${folder}: stop it, or choose another DATA_DIR and other ports for a second server`,
  );
}

function readHolder(socket: Socket): Promise<Holder | null> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('the process that holds it does not answer')));
    socket.on('data', (part) => {
      text += part;
    });
    socket.once('end', () => {
      try {
        resolve(JSON.parse(text) as Holder);
      } catch {
        // The holder ended during its answer.
        resolve(null);
      }
    });
    socket.once('error', (error) => (NOT_LISTENING.has(codeOf(error) ?? '') ? resolve(null) : reject(error)));
  });
}

function socketInode(): number | null {
  return lstatSync(SOCKET, { throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Runs `act` synchronously with the folder as the working directory: a socket's address has at most 107 bytes, too few for a
 * long path but enough for a bare name.
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

function cannotUse(folder: string, error: unknown): CannotStart {
  return new CannotStart(`DATA_DIR: ${folder} cannot be used: ${messageOf(error)}`);
}
