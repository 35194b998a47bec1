import { DataSource, MigrationExecutor, type MigrationInterface } from 'typeorm';
import { ADVISORY_LOCKS } from './advisory-locks.js';
import { connectionOptions } from './connection.js';
import type { Queryable } from './database.js';
import { isMissingTable } from './postgres-error.js';
import { type Application, bringRights, type TableRights } from './rights.js';
import { applySqlFiles, pendingSqlFiles, type SqlFile } from './sql-files.js';
import { DatabaseUnusable, Unfit } from './unusable.js';

export type MigrationClass = new () => MigrationInterface;

/** The whole schema of this build: tables by migrations, oldest first, and then functions, triggers and views. */
export class Schema {
  constructor(
    readonly migrations: readonly MigrationClass[] = [],
    readonly sqlFiles: readonly SqlFile[] = [],
    /** Of the server's role. */
    readonly rights: TableRights = {},
  ) {}
}

export const MIGRATIONS_TABLE = 'migrations';

// A name in a function must not find a temporary table of the caller: `set search_path from current` stores this path.
const ONE_SCHEMA = `select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)`;

/**
 * Brings the database to the schema of this build and returns what was applied, in order: names of migrations and paths of SQL
 * files. Gives the application's role its declared rights. All or nothing, and safe with several processes at once: the lock
 * belongs to the transaction, so that it also works through PgBouncer. Throws {@link DatabaseUnusable} for a database of a
 * build before the baseline.
 */
export async function applySchema(
  databaseUrl: string,
  { migrations, sqlFiles }: Schema,
  application?: Application,
): Promise<string[]> {
  const dataSource = new DataSource({
    // Creating an index on a large table takes long.
    ...connectionOptions(databaseUrl, { poolSize: 1, timeoutMs: null }),
    migrations: [...migrations],
    migrationsTableName: MIGRATIONS_TABLE,
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query(
      `set local lock_timeout = '60s'; select pg_advisory_xact_lock(${ADVISORY_LOCKS.migrations.number}); ${ONE_SCHEMA}`,
    );
    await refuseEarlierSchema(runner.manager, migrations);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'none';
    const applied = await executor.executePendingMigrations();
    const files = await applySqlFiles(runner.manager, sqlFiles);
    if (application !== undefined) await bringRights(runner.manager, application);
    await runner.commitTransaction();
    return [...applied.map((migration) => migration.name), ...files];
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error instanceof Unfit ? new DatabaseUnusable(error.message) : error;
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** Throws {@link Unfit} if a migration older than the oldest of this build was applied. */
export async function refuseEarlierSchema(database: Queryable, migrations: readonly MigrationClass[]): Promise<void> {
  const oldest = Number(/\d+$/.exec(migrations[0]?.name ?? '')?.[0] ?? 0);
  const [{ exists = false } = {}] = await database.query<{ exists?: boolean }[]>(
    `select to_regclass('${MIGRATIONS_TABLE}') is not null as exists`,
  );
  if (!exists) return;
  const earlier = await database.query<unknown[]>(`select 1 from ${MIGRATIONS_TABLE} where "timestamp" < $1 limit 1`, [
    oldest,
  ]);
  if (earlier.length === 0) return;
  throw new Unfit(
    'the database was made by an earlier build that cannot be upgraded',
    'use an empty database (with npm start: move ./data away)',
  );
}

/** What the database lacks of this build: names of migrations and paths of SQL files. */
export async function pendingSchema(database: Queryable, { migrations, sqlFiles }: Schema): Promise<string[]> {
  const known = migrations.map((migration) => migration.name);
  const rows = await database
    .query<{ name: string }[]>(`select name from ${MIGRATIONS_TABLE} where name = any($1)`, [known])
    .catch((error) => {
      if (isMissingTable(error)) return null;
      throw error;
    });
  if (rows === null) return [...known, ...sqlFiles.map(({ path }) => path)];
  const applied = new Set(rows.map((row) => row.name));
  const files = await pendingSqlFiles(database, sqlFiles);
  return [...known.filter((name) => !applied.has(name)), ...files.map(({ path }) => path)];
}
