import pg from 'pg';

const CONNECTS_WITHIN_MS = 10_000;

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
