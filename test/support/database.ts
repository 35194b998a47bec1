import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database for one test file, cloned from the migrated template in about 30 ms. */
export interface TestDatabase {
  /** The URL for a server under test. */
  readonly url: string;
  /** The URL as the owner of the tables; equal to `url` unless the server has a role of its own. */
  readonly ownerUrl: string;
  /** Runs a statement as the owner. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** One connection of its own, as the owner unless another URL is given. It is closed by `drop` at the latest. */
  connect(url?: string): Promise<pg.Client>;
  /** A database with a copy of this one's content, as a backup restored. No server may be connected meanwhile. */
  copy(): Promise<TestDatabase>;
  drop(): Promise<void>;
}

export const TEMPLATE = 'mpp_template';
/** Without `pooled` the server's URL never leads through a pooler: for what depends on a session. With `applicationRole` it has a role that owns nothing; TEST_APPLICATION_ROLE=1 makes that the default. */
export async function createDatabase({
  applicationRole = process.env.TEST_APPLICATION_ROLE === '1',
  template = TEMPLATE,
  pooled = true,
} = {}): Promise<TestDatabase> {
  const name = `mpp_${randomBytes(6).toString('hex')}`;
  await asAdmin(`create database ${name} template ${template} strategy file_copy`);
  // A clone does not copy this right from its template.
  if (applicationRole) await asAdmin(`revoke temporary on database ${name} from public`);
  const direct = applicationRole ? urlOf('TEST_APPLICATION_URL') : adminUrl();
  const serverUrl = pooled ? throughPooler(direct) : direct;
  const inDatabase = (url: URL) => Object.assign(url, { pathname: `/${name}` }).href;
  const ownerUrl = inDatabase(adminUrl());
  let pool = createPool(ownerUrl);
  const clients: pg.Client[] = [];
  return {
    url: inDatabase(serverUrl),
    ownerUrl,
    query: async (sql, parameters) => (await pool.query(sql, parameters)).rows,
    connect: async (url = ownerUrl) => {
      const client = await connect(url);
      clients.push(client);
      return client;
    },
    copy: async () => {
      await pool.end();
      pool = createPool(ownerUrl);
      await asAdmin(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
      );
      return createDatabase({ applicationRole, template: name, pooled });
    },
    drop: async () => {
      await Promise.all([pool.end(), ...clients.map((client) => client.end())]);
      await asAdmin(`drop database if exists ${name} with (force)`);
    },
  };
}

/**
 * A pool that survives the end of its database. `end` of a pool does not wait until PostgreSQL has closed the connections:
 * without a listener, the error with which `drop database … (force)` ends them would end the process (57P01).
 */
export function createPool(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 2 }).on('error', () => undefined);
}

/** A client that survives the end of its connection: the next query fails instead. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs statements, one after the other, in the database `postgres`. */
export async function asAdmin(...statements: string[]): Promise<void> {
  const client = await connect(adminUrl().href);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** With TEST_POOLER_PORT the servers under test reach PostgreSQL through PgBouncer. */
function throughPooler(url: URL): URL {
  const { TEST_POOLER_PORT: port } = process.env;
  return port ? Object.assign(url, { port }) : url;
}

const adminUrl = () => urlOf('TEST_POSTGRES_URL');

function urlOf(name: 'TEST_POSTGRES_URL' | 'TEST_APPLICATION_URL'): URL {
  const url = process.env[name];
  if (url === undefined) throw new Error('the tests’ PostgreSQL is not running: see test/support/global-setup.ts');
  return new URL(url);
}
