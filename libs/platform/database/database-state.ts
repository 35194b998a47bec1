import type { ClientBase } from 'pg';

export interface DatabaseState {
  /** By the database's clock, which it read between the two monotonic times of this process. */
  readonly now: Date;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** It accepts no writes, for example as a standby. */
  readonly readOnly: boolean;
  /** When the server that answers was started: another server after a failover or a restart. */
  readonly server: string;
}

/** The only statement that reads the database's clock, to compare it with ours; due times come from the Clock. */
export async function selectDatabaseState(
  client: ClientBase,
): Promise<Pick<DatabaseState, 'now' | 'readOnly' | 'server'>> {
  const { rows } = await client.query(
    `select clock_timestamp() as now, pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "readOnly",
       pg_postmaster_start_time()::text as server`,
  );
  return rows[0];
}
