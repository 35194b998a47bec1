import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from '../cannot-start.js';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { readLockFile, removeLockFile } from './lock-file.js';
import type { RunAs } from './run-as.js';
import { socketIn } from './socket-folder.js';
import { supervise } from './supervisor.js';

const LEAVES_BY_ITSELF_WITHIN_MS = 2_000;
const STOP_TIMEOUT_S = 60;

/**
 * Returns when no PostgreSQL of an earlier run serves this cluster any more. The one of a run that was killed is being
 * stopped by its supervisor at this moment; one whose supervisor was killed too is asked to stop here. The caller holds
 * the data folder, so none of them is in use.
 */
export async function letPredecessorGo(cluster: Cluster, binaries: Binaries, user: RunAs | null): Promise<void> {
  const deadline = performance.now() + LEAVES_BY_ITSELF_WITHIN_MS;
  while (await isServed(cluster)) {
    if (performance.now() > deadline) return stop(cluster, binaries, user);
    await pause(20);
  }
}

/**
 * For a lock file that names a living process although no PostgreSQL answers: after a crash of the machine another
 * program has got that number. Should a PostgreSQL run nevertheless, its shared memory still refuses a second one.
 */
export async function removeStaleLock(cluster: Cluster): Promise<void> {
  if (!(await isServed(cluster))) await removeLockFile(cluster.path);
}

/** Whether a PostgreSQL answers where the lock file says. That folder's name is random, so that it can be no other one. */
async function isServed(cluster: Cluster): Promise<boolean> {
  const lock = await readLockFile(cluster.path);
  return lock !== null && (await accepts(socketIn(lock.socketFolder)));
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stop(cluster: Cluster, binaries: Binaries, user: RunAs | null): Promise<void> {
  const args = ['stop', '-D', cluster.path, '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_S)];
  const code = await supervise(join(binaries, 'bin', 'pg_ctl'), args, user, 'ignore').ended;
  if (code === 0 || !(await isServed(cluster))) return;
  throw new CannotStart(
    `A PostgreSQL of an earlier start still works on ${cluster.path} and does not stop. Stop it by hand and start again`,
  );
}
