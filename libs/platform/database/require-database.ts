import { almatyWallClock } from '@mpp/kernel';
import pg from 'pg';
import { SESSION } from './connection.js';

const OLDEST = 15;
const CONNECTS_WITHIN_MS = 10_000;

export type DatabaseSetting = 'DATABASE_URL' | 'DATABASE_MIGRATION_URL';

/** The database that this setting names cannot be used. The message has the reason, and never a password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';

  constructor(reason: string, setting: DatabaseSetting = 'DATABASE_URL') {
    super(`${setting}: ${reason}`);
  }
}

export interface AnsweringDatabase {
  readonly version: string;
  readonly where: string;
  /** The role of the connection. */
  readonly role: string;
  /** The same for two URLs that lead to one database of one server, and no others. */
  readonly identity: string;
}

/**
 * Connects and returns the version, address and role. Throws {@link DatabaseUnusable} for a PostgreSQL older than 15, another encoding than UTF8, outdated
 * time zone data, and settings of the role that a pooler does not let us replace.
 */
export async function requireDatabase(
  databaseUrl: string,
  setting: DatabaseSetting = 'DATABASE_URL',
): Promise<AnsweringDatabase> {
  return withClient(databaseUrl, setting, async (client) => {
    const { rows } = await client.query<Omit<AnsweringDatabase, 'where'>>(WHO_ANSWERS);
    const [answering = { version: '', role: '', identity: '' }] = rows;
    if (Number.parseInt(answering.version, 10) < OLDEST) {
      throw new DatabaseUnusable(`PostgreSQL ${OLDEST} or newer is needed, this is ${answering.version}`, setting);
    }
    await requireEncoding(client, setting);
    await requireSession(client, setting);
    await requireTimeZoneData(client, setting);
    return { ...answering, where: whereabouts(client) };
  });
}

/** Throws {@link DatabaseUnusable} for a PostgreSQL that can lose commits, or its files, when its machine fails. */
export async function requireDurability(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, 'DATABASE_URL', async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select name from unnest(array['fsync', 'full_page_writes']) name where current_setting(name) = 'off'`,
    );
    if (rows.length === 0) return;
    const off = rows.map(({ name }) => `${name} = off`).join(' and ');
    throw new DatabaseUnusable(
      `PostgreSQL at ${whereabouts(client)} runs with ${off}: payments would be lost when its machine fails. Production needs it on`,
    );
  });
}

async function withClient<T>(
  databaseUrl: string,
  setting: DatabaseSetting,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = clientFor(databaseUrl, setting);
  try {
    await client.connect();
    await client.query(`set statement_timeout = ${CONNECTS_WITHIN_MS}`);
    return await work(client);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    throw new DatabaseUnusable(`no connection to ${whereabouts(client)}: ${reasonOf(error)}`, setting);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Names in Kazakh and texts of the PS cannot be stored in other encodings. */
async function requireEncoding(client: pg.Client, setting: DatabaseSetting): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(`select current_setting('server_encoding') as encoding`);
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  const mend = `create it again with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`;
  throw new DatabaseUnusable(`the encoding of the database is ${encoding}, and must be UTF8: ${mend}`, setting);
}

/**
 * Each connection sets {@link SESSION}. A pooler that gives each transaction another connection of the server drops that, so the role's defaults must
 * be right. It is recognised by the number of the process, which is the pooler's.
 */
async function requireSession(client: pg.Client, setting: DatabaseSetting): Promise<void> {
  const { rows } = await client.query<{ process: number; name: string; value: string }>(
    `select pg_backend_pid() as process, name, current_setting(name) as value from unnest($1::text[]) as name`,
    [Object.keys(NEEDED_OF_ROLE)],
  );
  const { processID } = client as unknown as { processID: number };
  if (rows.every(({ process }) => process === processID)) return;
  const wrong = rows.find(({ name, value }) => !NEEDED_OF_ROLE[name]?.test(value));
  if (wrong === undefined) return;
  const needed = (SESSION as Record<string, string>)[wrong.name];
  throw new DatabaseUnusable(
    `${wrong.name} is ${wrong.value} behind a pooler: ALTER ROLE … SET ${wrong.name} = '${needed}', and let the pooler connect again`,
    setting,
  );
}

/** What our statements and the driver cannot do without. */
const NEEDED_OF_ROLE: Readonly<Record<string, RegExp>> = {
  datestyle: /^ISO/,
  intervalstyle: /^postgres$/,
  bytea_output: /^hex$/,
  default_transaction_isolation: /^read committed$/,
  standard_conforming_strings: /^on$/,
};

/** Business days are read in Almaty's time: outdated time zone data would put payments on wrong dates. */
async function requireTimeZoneData(client: pg.Client, setting: DatabaseSetting): Promise<void> {
  const instants = ['2024-02-29T17:00:00Z', '2024-02-29T19:00:00Z'].map((text) => new Date(text));
  const shown = instants.map((at) => almatyWallClock(at).toISOString().slice(0, 19));
  const { rows } = await client
    .query<{ shown: string }>(
      `select to_char(timezone('Asia/Almaty', at), 'YYYY-MM-DD"T"HH24:MI:SS') as shown
       from unnest($1::timestamptz[]) with ordinality as given (at, number) order by number`,
      [instants],
    )
    .catch((error) => {
      // invalid_parameter_value: the database has no such time zone.
      if (error.code === '22023') return { rows: [] };
      throw error;
    });
  if (shown.every((one, index) => rows[index]?.shown === one)) return;
  throw new DatabaseUnusable(
    'the time zone data of PostgreSQL does not know that Asia/Almaty is UTC+5 since 2024-03-01: ' +
      'update PostgreSQL, or the package tzdata of its machine, and restart it',
    setting,
  );
}

const WHO_ANSWERS = `select current_setting('server_version') as version, current_user as role,
  current_database() || ' of ' || pg_postmaster_start_time()::text as identity`;

function clientFor(connectionString: string, setting: DatabaseSetting): pg.Client {
  try {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECTS_WITHIN_MS });
    // Without a listener a connection that breaks ends the process.
    return client.on('error', () => undefined);
  } catch (error) {
    throw new DatabaseUnusable(`this is no URL of a database: ${(error as Error).message}`, setting);
  }
}

/** Where the database is, without user and password. */
function whereabouts({ host, port, database }: pg.Client): string {
  return `${host.startsWith('/') ? host : `${host}:${port}`}/${database ?? ''}`;
}

/** A name with several addresses fails with one error for each; some errors have no message but their code. */
function reasonOf(error: unknown): string {
  const errors: Error[] = error instanceof AggregateError ? error.errors : [error as Error];
  return errors.map((one) => one.message || (one as NodeJS.ErrnoException).code || one.name).join('; ');
}
