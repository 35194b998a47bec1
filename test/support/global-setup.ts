import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { startEmbeddedPostgres } from '../../apps/quickstart/embedded-postgres/index.js';

/** Stopped by the teardown of the same run. */
export interface TestCluster {
  stop(): Promise<void>;
}

const FOLDER = 'mpp-jest-';
/** Several test runs may share a PostgreSQL server and then share this role. */
const APPLICATION = { username: 'mpp_application', password: 'application' };
const MAKE_ROLE = `do $$ begin
  create role ${APPLICATION.username} login password '${APPLICATION.password}';
exception when duplicate_object or unique_violation then null; end $$`;
/** Test data need not survive a crash. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/**
 * Starts one PostgreSQL for the whole run, unless TEST_POSTGRES_URL names one. TEST_POSTGRES_URL is the URL of the database
 * `postgres`, TEST_APPLICATION_URL the same with a role that owns nothing; `mpp_template` is migrated for both roles and cloned
 * by each test file. Needs the result of `npm run build`.
 */
export default async function globalSetup(_config: unknown, project: { rootDir: string }): Promise<void> {
  const dist = process.env.TEST_DIST ?? join(project.rootDir, 'dist');
  process.env.TEST_POSTGRES_URL ||= await startCluster(dist);
  const application = Object.assign(new URL(process.env.TEST_POSTGRES_URL), APPLICATION);
  process.env.TEST_APPLICATION_URL = application.href;
  await makeTemplate(new URL(process.env.TEST_POSTGRES_URL), application, dist);
}

async function startCluster(dist: string): Promise<string> {
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`));
  // If the tests run as root, PostgreSQL's user has to enter the folder.
  await chmod(dataDir, 0o755);
  const launcher: { startEmbeddedPostgres: typeof startEmbeddedPostgres } = await import(
    join(dist, 'apps/quickstart/embedded-postgres/index.js')
  );
  const postgres = await launcher.startEmbeddedPostgres({ dataDir, settings: FAST, sync: false });
  const cluster: TestCluster = {
    stop: async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    },
  };
  Object.assign(globalThis, { testCluster: cluster });
  return postgres.url.replace('/mpp?', '/postgres?');
}

/** A broken migration is reported here and fails only the tests that need the template. */
async function makeTemplate(owner: URL, application: URL, dist: string): Promise<void> {
  const admin = new pg.Client({ connectionString: owner.href });
  const template = (url: URL) => Object.assign(new URL(url), { pathname: '/mpp_template' }).href;
  // A query that loses its connection fails by itself.
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    await admin.query(MAKE_ROLE);
    await admin.query('DROP DATABASE IF EXISTS mpp_template');
    await admin.query('CREATE DATABASE mpp_template');
    const urls = { DATABASE_URL: template(application), DATABASE_MIGRATION_URL: template(owner) };
    const env = { ...process.env, ...urls };
    await promisify(execFile)(process.execPath, [join(dist, 'apps/mpp-server/migrate.js')], { env });
  } catch (error) {
    process.stderr.write(`mpp_template could not be created, tests with a database will fail: ${error}\n`);
    await admin.query('DROP DATABASE IF EXISTS mpp_template');
  } finally {
    await admin.end();
  }
}

/** Removes the data of killed runs; their PostgreSQL has stopped by itself. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
