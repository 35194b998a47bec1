import pg from 'pg';
import type { Queryable } from './database.js';
import { type DatabaseSetting, DatabaseUnusable, Unfit } from './unusable.js';

/** For a connection, and for each answer on it. */
const ANSWERS_WITHIN_MS = 10_000;

/** Runs the work on a connection of its own, which ends with it. Throws {@link DatabaseUnusable} for every error. */
export async function onOneConnection<T>(
  databaseUrl: string,
  setting: DatabaseSetting,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = clientFor(databaseUrl, setting);
  let problem = 'no connection to';
  try {
    await client.connect();
    problem = 'an error of';
    await client.query(`set statement_timeout = ${ANSWERS_WITHIN_MS}`);
    return await work(client);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    if (error instanceof Unfit) throw new DatabaseUnusable(error.message, setting);
    throw new DatabaseUnusable(`${problem} ${whereabouts(client)}: ${reasonOf(error)}`, setting);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where the database is, without user and password. */
export function whereabouts({ host, port, database }: pg.Client): string {
  return `${host.startsWith('/') ? host : `${host}:${port}`}/${database ?? ''}`;
}

/** The client as what services and the migrator use. */
export function queryableOf(client: pg.ClientBase): Queryable {
  return { query: async <Rows>(sql: string, values?: unknown[]) => (await client.query(sql, values)).rows as Rows };
}

function clientFor(connectionString: string, setting: DatabaseSetting): pg.Client {
  const limits = { connectionTimeoutMillis: ANSWERS_WITHIN_MS, query_timeout: ANSWERS_WITHIN_MS };
  try {
    // Without a listener a connection that breaks ends the process.
    return new pg.Client({ connectionString, ...limits }).on('error', () => undefined);
  } catch (error) {
    throw new DatabaseUnusable(`this is no URL of a database: ${(error as Error).message}`, setting);
  }
}

/** A name with several addresses fails with one error for each; some errors have no message but their code. */
function reasonOf(error: unknown): string {
  const errors: Error[] = error instanceof AggregateError ? error.errors : [error as Error];
  return errors.map((one) => one.message || (one as NodeJS.ErrnoException).code || one.name).join('; ');
}
