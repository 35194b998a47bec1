import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The content of `postmaster.pid`, which a running PostgreSQL writes into its cluster and a killed one leaves there. */
export interface LockFile {
  readonly socketFolder: string;
  readonly ready: boolean;
}

const pathIn = (cluster: string): string => join(cluster, 'postmaster.pid');

export async function readLockFile(cluster: string): Promise<LockFile | null> {
  const lines = (await readFile(pathIn(cluster), 'utf8').catch(() => '')).split('\n');
  // Process id, cluster, start time, port, socket folder, TCP address, shared memory, state.
  const [, , , , socketFolder, , , state] = lines;
  if (socketFolder === undefined || socketFolder === '') return null;
  return { socketFolder, ready: state?.trim() === 'ready' };
}

export async function removeLockFile(cluster: string): Promise<void> {
  await unlink(pathIn(cluster)).catch(() => {});
}
