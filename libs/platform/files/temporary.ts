import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, lstat, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Temporary folders are named after host and process, and this start of the process, because in a container every process may
 * have the same number: `mpp-<host>-<process>-<start>-<random>`.
 */
const HOST = hostname().replace(/[^a-z0-9]/gi, '_');
const START = randomBytes(4).toString('hex');
const NAME = /^mpp-(\w+)-(\d+)-([0-9a-f]{8})-\w{6}$/;
/** Longer than anything needs its folder. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * Runs the work with a folder for files that are too large for memory. Other users cannot read it. It is removed when the work
 * ends, also if the work fails.
 */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `mpp-${HOST}-${process.pid}-${START}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stores the content in a file for the duration of the work. */
export async function inTemporaryFile<T>(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  work: (path: string) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, 'content');
    await pipeline(content, createWriteStream(path, { mode: 0o600 }));
    return work(path);
  });
}

/**
 * An empty file to write and read that has no name any more: nobody else can open it, and its space is free when it is closed,
 * also if the process is killed.
 */
export async function openTemporaryFile(): Promise<FileHandle> {
  return inTemporaryFolder((folder) => open(join(folder, 'content'), 'wx+', 0o600));
}

/** Removes the folders of processes that were killed, and returns how many. Those of running processes stay. */
export async function removeLeftovers(folder = tmpdir()): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!(await isLeftover(name, path))) continue;
    // It may be another user's, or removed by another process meanwhile.
    await rm(path, { recursive: true }).then(
      () => removed++,
      () => undefined,
    );
  }
  return removed;
}

async function isLeftover(name: string, path: string): Promise<boolean> {
  const [, host, pid, start] = NAME.exec(name) ?? [];
  if (host === undefined || start === START) return false;
  if (host === HOST && (Number(pid) === process.pid || !isRunning(Number(pid)))) return true;
  // A folder of another host in a shared file system, or its process's number is used by another program.
  const changed = await lstat(path).catch(() => null);
  return changed !== null && Date.now() - changed.mtimeMs > ABANDONED_AFTER_MS;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
