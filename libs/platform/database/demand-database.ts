import pg from 'pg';

const OLDEST = 15;
const CONNECTS_WITHIN_MS = 10_000;

/** The database that DATABASE_URL names cannot be used; the message says why, and never holds a password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';

  constructor(reason: string) {
    super(`DATABASE_URL: ${reason}`);
  }
}

/** Says which PostgreSQL answers and where. Throws {@link DatabaseUnusable} unless it is 15 or newer. */
export async function demandDatabase(databaseUrl: string): Promise<{ version: string; where: string }> {
  const client = clientFor(databaseUrl);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    const version = rows[0]?.server_version ?? '';
    if (Number.parseInt(version, 10) >= OLDEST) return { version, where: whereabouts(client) };
    throw new DatabaseUnusable(`PostgreSQL ${OLDEST} or newer is needed, this is ${version}`);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    throw new DatabaseUnusable(`no connection to ${whereabouts(client)}: ${reasonOf(error)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function clientFor(connectionString: string): pg.Client {
  try {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECTS_WITHIN_MS });
    // Without a listener a connection that breaks ends the process.
    return client.on('error', () => undefined);
  } catch (error) {
    throw new DatabaseUnusable(`this is no URL of a database: ${(error as Error).message}`);
  }
}

/** Where the database is, without user and password. */
function whereabouts({ host, port, database }: pg.Client): string {
  return `${host.startsWith('/') ? host : `${host}:${port}`}/${database ?? ''}`;
}

/** A name with several addresses fails with one error for each; some errors say nothing but their code. */
function reasonOf(error: unknown): string {
  const errors: Error[] = error instanceof AggregateError ? error.errors : [error as Error];
  return errors.map((one) => one.message || (one as NodeJS.ErrnoException).code || one.name).join('; ');
}
