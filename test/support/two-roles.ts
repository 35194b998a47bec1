import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { asAdmin, createPool } from './database.js';

/** An empty database with an owner and a server's role, made by the SQL of docs/install.md under names of its own. */
export interface TwoRoles {
  readonly owner: string;
  readonly ownerUrl: string;
  readonly server: string;
  readonly serverUrl: string;
  /** The database's URL with this role. */
  urlOf(role: string): string;
  /** Runs a statement as an administrator in this database. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/install.md'), 'utf8');
const [, BY_THE_BOOK = ''] = /\n## Database roles\n.*?```sql\n(.*?)```/s.exec(GUIDE) ?? [];

export async function createTwoRoles(): Promise<TwoRoles> {
  const { TEST_POSTGRES_URL = '' } = process.env;
  const name = `mpp_two_${randomBytes(6).toString('hex')}`;
  const [owner, server] = [`${name}_owner`, `${name}_server`];
  const sql = BY_THE_BOOK.replaceAll('mpp_owner', owner)
    .replaceAll('mpp_server', server)
    .replaceAll('database mpp', `database ${name}`)
    .replaceAll(/'.*'/g, "'secret'");
  await asAdmin(...sql.split(';').filter((statement) => statement.trim() !== ''));
  const inDatabase = (changes: object) =>
    Object.assign(new URL(TEST_POSTGRES_URL), { pathname: `/${name}`, ...changes }).href;
  const urlOf = (role: string) => inDatabase({ username: encodeURIComponent(role), password: 'secret' });
  const pool = createPool(inDatabase({}));
  return {
    owner,
    ownerUrl: urlOf(owner),
    server,
    serverUrl: urlOf(server),
    urlOf,
    query: async (statement, parameters) => (await pool.query(statement, parameters)).rows,
    drop: async () => {
      await pool.end();
      await asAdmin(`drop database ${name} with (force)`, `drop role ${owner}`, `drop role ${server}`);
    },
  };
}
