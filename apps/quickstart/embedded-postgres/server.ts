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
/** Until the lock file appears. The recovery afterwards has no limit. */
const LOCK_FILE_TIMEOUT_MS = 60_000;
const FAST_SHUTDOWN_TIMEOUT_MS = 60_000;

/** The FATAL messages of a PostgreSQL that finds another one on its data, which is stopping. */
const LOCKED_MESSAGE = /lock file "[^"]*" already exists|pre-existing shared memory block/;

export interface ServerOptions {
  readonly cluster: Cluster;
  readonly sockets: string;
  readonly binaries: Binaries;
  readonly user: RunAs | null;
  readonly log: ServerLog;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts PostgreSQL and returns when it accepts connections. Throws {@link CannotStart} with the end of its log. */
export async function startPostgres(options: ServerOptions): Promise<Supervised> {
  const deadline = performance.now() + RETRY_LOCK_FOR_MS;
  for (let staleRemoved = false; ; ) {
    const server = launch(options);
    if (await waitUntilReady(server, options)) return server;
    const lines = await options.log.lastLines();
    if (!LOCKED_MESSAGE.test(lines.split('\n').findLast((line) => line.includes('FATAL')) ?? ''))
      throw startError(options, lines);
    if (performance.now() > deadline) {
      if (staleRemoved) throw startError(options, lines);
      await removeStaleLock(options.cluster);
      staleRemoved = true;
    }
    await pause(100);
  }
}

/** Fast shutdown: ends every connection, writes all data, and returns when PostgreSQL has ended. */
export async function stopPostgres(server: Supervised): Promise<void> {
  server.process.ref();
  server.end();
  const timeout = setTimeout(() => {
    // Immediate shutdown: the next start recovers from the WAL. The supervisor leads the process group.
    if (server.process.pid !== undefined) process.kill(-server.process.pid, 'SIGQUIT');
  }, FAST_SHUTDOWN_TIMEOUT_MS);
  await server.ended.finally(() => clearTimeout(timeout));
}

/** Runs the work with a connection over the socket, independently of the PG… variables. */
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

function launch({ cluster, sockets, binaries, user, log, settings }: ServerOptions): Supervised {
  const all = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    port: '5432',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // LOCKED_MESSAGE matches English messages.
    lc_messages: 'C',
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = supervise(join(binaries, 'bin', 'postgres'), ['-D', cluster.path, ...args], user, log.fd);
  // PostgreSQL does not keep this process alive.
  server.process.unref();
  return server;
}

/** Returns false if PostgreSQL ended, or was stopped because it wrote no lock file in time. */
async function waitUntilReady(server: Supervised, { cluster, sockets }: ServerOptions): Promise<boolean> {
  const ended = server.ended.then(() => true);
  const deadline = performance.now() + LOCK_FILE_TIMEOUT_MS;
  for (;;) {
    const lock = await readLockFile(cluster.path);
    const ours = lock?.socketFolder === sockets ? lock : null;
    if (ours?.ready) return true;
    if (ours === null && performance.now() > deadline) {
      await stopPostgres(server);
      return false;
    }
    if (await Promise.race([ended, pause(10, false)])) return false;
  }
}

function startError(options: ServerOptions, lines: string): CannotStart {
  return new CannotStart(`PostgreSQL did not start. The end of its log, ${options.log.path}:\n${lines}`);
}
