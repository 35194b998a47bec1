import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { CannotStart } from '../cannot-start.js';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { readLockFile } from './lock-file.js';
import { removeStaleLock } from './predecessor.js';
import type { RunAs } from './run-as.js';
import type { ServerLog } from './server-log.js';
import { type Supervised, supervise } from './supervisor.js';

const RETRY_LOCK_FOR_MS = 5_000;
/** For the lock file to appear. What follows is recovery, which has no bound of its own. */
const SILENT_FOR_MS = 60_000;
const FAST_SHUTDOWN_WITHIN_MS = 60_000;

/** What a PostgreSQL says that found traces of another one on its data: of the last run, which is about to be gone. */
const LOCKED = /lock file "[^"]*" already exists|pre-existing shared memory block/;

export interface ServerPlace {
  readonly cluster: Cluster;
  readonly sockets: string;
  readonly binaries: Binaries;
  readonly user: RunAs | null;
  readonly log: ServerLog;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts PostgreSQL and returns when it takes connections. Throws {@link CannotStart} with the end of its log. */
export async function startPostgres(place: ServerPlace): Promise<Supervised> {
  const deadline = performance.now() + RETRY_LOCK_FOR_MS;
  for (let staleRemoved = false; ; ) {
    const server = launch(place);
    if (await untilReady(server, place)) return server;
    const lines = await place.log.lastLines();
    if (!LOCKED.test(lines.split('\n').findLast((line) => line.includes('FATAL')) ?? '')) throw failure(place, lines);
    if (performance.now() > deadline) {
      if (staleRemoved) throw failure(place, lines);
      await removeStaleLock(place.cluster);
      staleRemoved = true;
    }
    await pause(100);
  }
}

/** Ends every connection and returns when PostgreSQL has written everything and is gone. */
export async function stopPostgres(server: Supervised): Promise<void> {
  server.process.ref();
  server.end();
  const tooLong = setTimeout(() => {
    // Its immediate shutdown: the next start recovers from the log. The supervisor leads the group.
    if (server.process.pid !== undefined) process.kill(-server.process.pid, 'SIGQUIT');
  }, FAST_SHUTDOWN_WITHIN_MS);
  await server.ended.finally(() => clearTimeout(tooLong));
}

/** A connection over the socket, whatever the PG… variables say. */
export async function withClient<T>(
  sockets: string,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host: sockets, port: 5432, user: 'postgres', database, ssl: false });
  // Without a listener a connection that breaks ends the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

function launch({ cluster, sockets, binaries, user, log, settings }: ServerPlace): Supervised {
  const all = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    port: '5432',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Its messages are read above.
    lc_messages: 'C',
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = supervise(join(binaries, 'bin', 'postgres'), ['-D', cluster.path, ...args], user, log.fd);
  // Our process does not live on for PostgreSQL's sake.
  server.process.unref();
  return server;
}

/** False when it ended instead, or had to be ended. */
async function untilReady(server: Supervised, { cluster, sockets }: ServerPlace): Promise<boolean> {
  const ended = server.ended.then(() => true);
  const silentAt = performance.now() + SILENT_FOR_MS;
  for (;;) {
    const lock = await readLockFile(cluster.path);
    const ours = lock?.socketFolder === sockets ? lock : null;
    if (ours?.ready) return true;
    if (ours === null && performance.now() > silentAt) {
      await stopPostgres(server);
      return false;
    }
    if (await Promise.race([ended, pause(10, false)])) return false;
  }
}

function failure(place: ServerPlace, lines: string): CannotStart {
  return new CannotStart(`PostgreSQL did not start. The end of its log, ${place.log.path}:\n${lines}`);
}
