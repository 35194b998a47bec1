import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a PostgreSQL writes of itself into its cluster while it runs. It stays behind when it is killed. */
export interface LockFile {
  readonly socketFolder: string;
  readonly ready: boolean;
}

const pathIn = (cluster: string): string => join(cluster, 'postmaster.pid');

export async function readLockFile(cluster: string): Promise<LockFile | null> {
  const lines = (await readFile(pathIn(cluster), 'utf8').catch(() => '')).split('\n');
  // Its process, the cluster, its start, its port, its socket's folder, its TCP address, its shared memory, its state.
  const [, , , , socketFolder, , , state] = lines;
  if (socketFolder === undefined || socketFolder === '') return null;
  return { socketFolder, ready: state?.trim() === 'ready' };
}

export async function removeLockFile(cluster: string): Promise<void> {
  await unlink(pathIn(cluster)).catch(() => {});
}
