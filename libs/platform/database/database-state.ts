import type { PoolClient } from 'pg';

export interface DatabaseState {
  /** By the database's clock, which it read between the two monotonic times of this process. */
  readonly now: Date;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** It accepts no writes, for example as a standby. */
  readonly readOnly: boolean;
}

/** The only statement that reads the database's clock, to compare it with ours; due times come from the Clock. */
export async function selectDatabaseState(client: PoolClient): Promise<Pick<DatabaseState, 'now' | 'readOnly'>> {
  const { rows } = await client.query(
    `select clock_timestamp() as now, pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "readOnly"`,
  );
  return rows[0];
}
