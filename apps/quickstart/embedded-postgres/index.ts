import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBinaries } from './binaries.js';
import { createCluster, demandEntry, findCluster } from './cluster.js';
import { OUTSIDE } from './outside.js';
import { letPredecessorGo } from './predecessor.js';
import { postgresUser } from './run-as.js';
import { startPostgres, stopPostgres, withClient } from './server.js';
import { ServerLog } from './server-log.js';
import { makeSocketFolder, removeSocketFolder } from './socket-folder.js';
import type { Supervised } from './supervisor.js';

const DATABASE = 'mpp';

export interface EmbeddedPostgresOptions {
  /** Where the data lives. The caller makes sure that no other process works on the same folder (see folder-lock.ts). */
  readonly dataDir: string;
  /** Told what has been done that takes a noticeable time. */
  readonly onStep?: (step: string) => void;
  /** Further settings of PostgreSQL's own, like `max_connections`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For tests: where root keeps what cannot be in `dataDir`. */
  readonly outside?: string;
  /** For tests whose data may be lost: false leaves the new files to the system's care. */
  readonly sync?: boolean;
}

export interface EmbeddedPostgres {
  /** Of the database `mpp`, over a Unix socket. */
  readonly url: string;
  /** Like 18.4. */
  readonly version: string;
  /** The real path of its files. */
  readonly path: string;
  /** Resolves, with the end of its log, when it ends without having been asked to. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of our own that lives exactly as long as this process: no port, no installation, no privileges; data in
 * `dataDir`, which survives. When this process is killed, it stops by itself, and the next start waits for that.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { onStep = () => {}, outside = OUTSIDE, settings = {}, sync = true } = options;
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  const found = await findCluster(dataDir);
  const user = await postgresUser(found?.owner ?? null);
  const binaries = await postgresBinaries(user, outside, onStep);
  const cluster = found ?? (await createCluster(dataDir, binaries, user, { outside, sync }));
  if (found === null) onStep(`Empty database made in ${cluster.path}`);
  await demandEntry(cluster, user);
  await letPredecessorGo(cluster, binaries, user);

  const note = join(dataDir, 'postgres.socket');
  const sockets = await makeSocketFolder(note, user);
  const log = await ServerLog.open(join(dataDir, 'postgres.log'));
  const clear = async () => {
    await log.close();
    await removeSocketFolder(note);
  };
  const server = await startPostgres({ cluster, sockets, binaries, user, log, settings }).catch(
    async (error: unknown) => {
      await clear();
      throw error;
    },
  );
  const life = lifeOf(server, log, clear);
  const version = await prepareDatabase(sockets).catch(async (error: unknown) => {
    await life.stop();
    throw error;
  });
  return { url: urlOf(sockets), version, path: cluster.path, ...life };
}

function urlOf(sockets: string): string {
  const host = sockets.split('/').map(encodeURIComponent).join('/');
  // With its port: PGPORT would have a say otherwise.
  return `postgresql://postgres@localhost:5432/${DATABASE}?host=${host}`;
}

/** Makes the database where it is missing, and returns PostgreSQL's version. */
async function prepareDatabase(sockets: string): Promise<string> {
  return withClient(sockets, 'postgres', async (client) => {
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (known.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  });
}

function lifeOf(
  server: Supervised,
  log: ServerLog,
  clear: () => Promise<void>,
): Pick<EmbeddedPostgres, 'failed' | 'stop'> {
  let stopped: Promise<void> | null = null;
  const failed = new Promise<string>((resolve) => {
    void server.ended.then(async () => {
      if (stopped === null) resolve(await log.lastLines());
    });
  });
  const stop = () => {
    stopped ??= stopPostgres(server).then(clear);
    return stopped;
  };
  return { failed, stop };
}
