import type pg from 'pg';
import { onOneConnection, whereabouts } from './one-connection.js';
import { DURABILITY, FOR_READING, type Requirement, WRITES } from './requirements.js';
import { type DatabaseSetting, Unfit } from './unusable.js';

export interface AnsweringDatabase {
  readonly version: string;
  readonly where: string;
  /** The role of the connection. */
  readonly role: string;
  /** The same for two URLs that lead to one database of one server, and no others. */
  readonly identity: string;
}

export interface Examined {
  /** Of the requirement. */
  readonly name: string;
  readonly found: string | Unfit;
}

/**
 * Connects and returns the version, address and role. Throws {@link DatabaseUnusable} for the first requirement that is not met;
 * without other ones, for what every writing program needs.
 */
export async function requireDatabase(
  databaseUrl: string,
  setting: DatabaseSetting = 'DATABASE_URL',
  requirements: readonly Requirement[] = [...FOR_READING, WRITES],
): Promise<AnsweringDatabase> {
  return onOneConnection(databaseUrl, setting, async (client) => {
    const answering = await whoAnswers(client);
    for (const requirement of requirements) await requirement.check(client);
    return answering;
  });
}

/** Throws {@link DatabaseUnusable} for a PostgreSQL that can lose commits, or its files, when its machine fails. */
export async function requireDurability(databaseUrl: string): Promise<void> {
  await requireDatabase(databaseUrl, 'DATABASE_URL', [DURABILITY]);
}

/** Checks all requirements, also after one that is not met. Throws {@link DatabaseUnusable} if the database does not answer. */
export async function examineDatabase(
  databaseUrl: string,
  setting: DatabaseSetting,
  requirements: readonly Requirement[],
): Promise<{ database: AnsweringDatabase; examined: Examined[] }> {
  return onOneConnection(databaseUrl, setting, async (client) => {
    const database = await whoAnswers(client);
    const examined: Examined[] = [];
    for (const { name, check } of requirements) examined.push({ name, found: await check(client).catch(unfitness) });
    return { database, examined };
  });
}

/** Throws every other error again. */
export function unfitness(error: unknown): Unfit {
  if (error instanceof Unfit) return error;
  throw error;
}

async function whoAnswers(client: pg.Client): Promise<AnsweringDatabase> {
  const { rows } = await client.query<Omit<AnsweringDatabase, 'where'>>(
    `select current_setting('server_version') as version, current_user as role,
       current_database() || ' of ' || pg_postmaster_start_time()::text as identity`,
  );
  const [answering = { version: '', role: '', identity: '' }] = rows;
  return { ...answering, where: whereabouts(client) };
}
