import { DataSource, MigrationExecutor, type MigrationInterface } from 'typeorm';
import { ADVISORY_LOCKS } from './advisory-locks.js';
import { connectionOptions } from './connection.js';
import { type Application, bringRights } from './rights.js';

type MigrationClass = new () => MigrationInterface;

const TABLE = 'migrations';

// What a function of ours finds under a name must not be somebody's temporary table: 'set search_path from current'
// keeps this with it.
const ONE_SCHEMA = `select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)`;

/**
 * Brings the database to the state of this build and returns the names of what was applied, in order. Where another role
 * than this one works with it, that one gets what is declared of it. All or nothing, and safe with several processes at
 * once: the lock belongs to the transaction, so that it also works through PgBouncer.
 */
export async function applyMigrations(
  databaseUrl: string,
  migrations: readonly MigrationClass[],
  application?: Application,
): Promise<string[]> {
  const dataSource = new DataSource({
    // An index of a large table takes its time.
    ...connectionOptions(databaseUrl, { poolSize: 1, timeoutMs: null }),
    migrations: [...migrations],
    migrationsTableName: TABLE,
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query(
      `set local lock_timeout = '60s'; select pg_advisory_xact_lock(${ADVISORY_LOCKS.migrations.number}); ${ONE_SCHEMA}`,
    );
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'none';
    const applied = await executor.executePendingMigrations();
    if (application !== undefined) await bringRights(runner.manager, application);
    await runner.commitTransaction();
    return applied.map((migration) => migration.name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** The migrations of this build that the database has not seen. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const rows = await dataSource.query<{ name: string }[]>(`select name from ${TABLE} where name = any($1)`, [known]);
  const applied = new Set(rows.map((row) => row.name));
  return known.filter((name) => !applied.has(name));
}

export type { MigrationClass };
export { TABLE as MIGRATIONS_TABLE };
