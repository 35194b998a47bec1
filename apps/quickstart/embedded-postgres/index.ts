import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBinaries } from './binaries.js';
import { createCluster, findCluster, requireEntry } from './cluster.js';
import { stopPredecessor } from './predecessor.js';
import { OUTSIDE } from './root-folder.js';
import { postgresUser } from './run-as.js';
import { startPostgres, stopPostgres, withClient } from './server.js';
import { ServerLog } from './server-log.js';
import { makeSocketFolder, removeSocketFolder } from './socket-folder.js';
import type { Supervised } from './supervisor.js';

const DATABASE = 'mpp';

export interface EmbeddedPostgresOptions {
  /** The folder of the data. The caller ensures that no other process uses it (locks/folder-lock.ts). */
  readonly dataDir: string;
  /** Called after each step that takes a noticeable time. */
  readonly onStep?: (step: string) => void;
  /** Additional settings of PostgreSQL, like `max_connections`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For tests: the folder for files that root cannot keep in `dataDir`. */
  readonly outside?: string;
  /** For tests whose data may be lost: false creates the cluster without fsync. */
  readonly sync?: boolean;
}

export interface EmbeddedPostgres {
  /** The URL of the database `mpp`, over a Unix socket. */
  readonly url: string;
  /** Like 18.4. */
  readonly version: string;
  /** The real path of its files. */
  readonly path: string;
  /** Resolves with the end of its log when PostgreSQL ends unexpectedly. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL that lives as long as this process, without a port, an installation or privileges; its data in
 * `dataDir` remains. If this process is killed, PostgreSQL stops by itself, and the next start waits for that.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { onStep = () => {}, outside = OUTSIDE, settings = {}, sync = true } = options;
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const found = await findCluster(dataDir);
  const user = await postgresUser(found?.owner ?? null);
  const binaries = await postgresBinaries(user, outside, onStep);
  const cluster = found ?? (await createCluster(dataDir, binaries, user, { outside, sync }));
  if (found === null) onStep(`Empty database created in ${cluster.path}`);
  await requireEntry(cluster, user);
  await stopPredecessor(cluster, binaries, user);

  const socketLink = join(dataDir, 'postgres.socket');
  const sockets = await makeSocketFolder(socketLink, user);
  const log = await ServerLog.open(join(dataDir, 'postgres.log'));
  const cleanUp = async () => {
    await log.close();
    await removeSocketFolder(socketLink);
  };
  const server = await startPostgres({ cluster, sockets, binaries, user, log, settings }).catch(
    async (error: unknown) => {
      await cleanUp();
      throw error;
    },
  );
  const lifecycle = lifecycleOf(server, log, cleanUp);
  const version = await prepareDatabase(sockets).catch(async (error: unknown) => {
    await lifecycle.stop();
    throw error;
  });
  return { url: urlOf(sockets), version, path: cluster.path, ...lifecycle };
}

function urlOf(sockets: string): string {
  const host = sockets.split('/').map(encodeURIComponent).join('/');
  // With a port, so that PGPORT is not used.
  return `postgresql://postgres@localhost:5432/${DATABASE}?host=${host}`;
}

/** Creates the database if it is missing, and returns PostgreSQL's version. */
async function prepareDatabase(sockets: string): Promise<string> {
  return withClient(sockets, 'postgres', async (client) => {
    const existing = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (existing.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  });
}

function lifecycleOf(
  server: Supervised,
  log: ServerLog,
  cleanUp: () => Promise<void>,
): Pick<EmbeddedPostgres, 'failed' | 'stop'> {
  let stopped: Promise<void> | null = null;
  const failed = new Promise<string>((resolve) => {
    void server.ended.then(async () => {
      if (stopped === null) resolve(await log.lastLines());
    });
  });
  const stop = () => {
    stopped ??= stopPostgres(server).then(cleanUp);
    return stopped;
  };
  return { failed, stop };
}
