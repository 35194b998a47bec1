import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of its own for one test file, cloned from the migrated template in some 30 ms. */
export interface TestDatabase {
  /** Where a server under test connects. */
  readonly url: string;
  /** As the owner of the tables; the same as `url` unless the server has a role of its own. */
  readonly ownerUrl: string;
  /** Asks as the owner. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export const TEMPLATE = 'mpp_template';
/** With `applicationRole` a server connects as a role that owns nothing; TEST_APPLICATION_ROLE=1 makes that the default. */
export async function createDatabase({
  applicationRole = process.env.TEST_APPLICATION_ROLE === '1',
} = {}): Promise<TestDatabase> {
  const name = `mpp_${randomBytes(6).toString('hex')}`;
  await asAdmin(`create database ${name} template ${TEMPLATE} strategy file_copy`);
  // The one right that a clone does not take over from the template.
  if (applicationRole) await asAdmin(`revoke temporary on database ${name} from public`);
  const inDatabase = (url: URL) => Object.assign(url, { pathname: `/${name}` }).href;
  const ownerUrl = inDatabase(adminUrl());
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
  return {
    url: applicationRole ? inDatabase(urlOf('TEST_APPLICATION_URL')) : ownerUrl,
    ownerUrl,
    query: async (sql, parameters) => (await pool.query(sql, parameters)).rows,
    drop: async () => {
      await pool.end();
      await asAdmin(`drop database if exists ${name} with (force)`);
    },
  };
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl().href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const adminUrl = () => urlOf('TEST_POSTGRES_URL');

function urlOf(name: 'TEST_POSTGRES_URL' | 'TEST_APPLICATION_URL'): URL {
  const url = process.env[name];
  if (url === undefined) throw new Error('the tests’ PostgreSQL is not running: see test/support/global-setup.ts');
  return new URL(url);
}
