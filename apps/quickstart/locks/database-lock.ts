import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Runs the work while no other start on the same database does. The lock ends with a transaction, so it also works through
 * a pooler. Its number is not in ADVISORY_LOCKS, since the quickstart imports no lib of the server; the hash is negative and
 * so differs from all numbers there.
 */
export async function withDatabaseLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
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
