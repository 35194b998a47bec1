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

const SUPERVISOR_STOPS_IT_WITHIN_MS = 2_000;
const STOP_TIMEOUT_S = 60;

/**
 * Returns when no PostgreSQL of an earlier run serves this cluster. After a kill its supervisor stops it; if the supervisor
 * was killed too, it is stopped here. The caller holds the lock of the data folder, so it is not in use.
 */
export async function stopPredecessor(cluster: Cluster, binaries: Binaries, user: RunAs | null): Promise<void> {
  const deadline = performance.now() + SUPERVISOR_STOPS_IT_WITHIN_MS;
  while (await isServed(cluster)) {
    if (performance.now() > deadline) return stopWithPgCtl(cluster, binaries, user);
    await pause(20);
  }
}

/**
 * Removes a lock file if no PostgreSQL answers. Its process id can belong to another program after a crash of the machine.
 * If a PostgreSQL runs nevertheless, its shared memory block refuses a second one.
 */
export async function removeStaleLock(cluster: Cluster): Promise<void> {
  if (!(await isServed(cluster))) await removeLockFile(cluster.path);
}

/** Whether a PostgreSQL answers on the socket of the lock file. The folder's name is random, so it is the one of this cluster. */
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

async function stopWithPgCtl(cluster: Cluster, binaries: Binaries, user: RunAs | null): Promise<void> {
  const args = ['stop', '-D', cluster.path, '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_S)];
  const code = await supervise(join(binaries, 'bin', 'pg_ctl'), args, user, 'ignore').ended;
  if (code === 0 || !(await isServed(cluster))) return;
  throw new CannotStart(
    `A PostgreSQL of an earlier start still uses ${cluster.path} and does not stop. Stop it manually and start again`,
  );
}
