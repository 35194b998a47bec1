import pg from 'pg';
import { CannotStart, codeOf, messageOf } from './cannot-start.js';

const CONNECTS_WITHIN_MS = 10_000;
const OLDEST = 15;

/** Throws {@link CannotStart} where DATABASE_URL leads to no PostgreSQL that is new enough. Returns its version. */
export async function checkGivenDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECTS_WITHIN_MS });
  // Without a listener a connection that breaks ends the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const version = rows[0]?.server_version ?? '';
    if (Number.parseInt(version, 10) >= OLDEST) return version;
    throw new CannotStart(`DATABASE_URL: PostgreSQL ${OLDEST} or newer is needed, this is ${version}`);
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    const code = codeOf(error);
    const reason = messageOf(error) + (code === undefined || messageOf(error).includes(code) ? '' : ` (${code})`);
    throw new CannotStart(`DATABASE_URL: no connection to ${whereabouts(url)}: ${reason}`);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Does the work while no other start on the same database does it. The lock lives as long as a transaction, so that it
 * holds through a pooler too.
 */
export async function oneAtATime<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECTS_WITHIN_MS });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('mpp-quickstart'))`);
    return await work();
  } finally {
    await client.end();
  }
}

/** Where the database is, without user and password. */
export function whereabouts(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url });
  return `${host.startsWith('/') ? host : `${host}:${port}`}/${database ?? ''}`;
}
