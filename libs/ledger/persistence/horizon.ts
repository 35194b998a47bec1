import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from '@mpp/platform';

const LOOK_AGAIN_MS = 10;

export interface Horizon {
  /** The newest id. */
  readonly id: string;
  /** Whether all entries with ids up to it are there: no transaction is under way that may still write one. */
  readonly complete: boolean;
}

/**
 * Up to where the journal is complete. A transaction that is not committed yet may have drawn a smaller id than one that
 * is. But whoever inserts holds a lock of the table from before the id is drawn until the transaction ends: of those that
 * hold it after the newest id was read, all have to end. Looks for `withinMs`, and takes no lock: nobody waits for it.
 */
export async function horizonOf(queryable: Queryable, withinMs: number): Promise<Horizon | null> {
  const [newest] = await queryable.query<{ id: string | null }[]>('select max(id) as id from ledger_entries');
  if (newest?.id == null) return null;
  const until = performance.now() + withinMs;
  let writers = await writersAmong(queryable, null);
  while (writers.length > 0) {
    if (performance.now() > until) return { id: newest.id, complete: false };
    await pause(LOOK_AGAIN_MS);
    writers = await writersAmong(queryable, writers);
  }
  return { id: newest.id, complete: true };
}

/** The transactions that hold the lock of a writer of the journal, or wait for it; null: among all. */
async function writersAmong(queryable: Queryable, some: readonly string[] | null): Promise<string[]> {
  const rows = await queryable.query<{ transaction: string }[]>(
    `select distinct virtualtransaction as transaction from pg_locks
     where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = 'ledger_entries'::regclass
       and database = (select oid from pg_database where datname = current_database())
       and ($1::text[] is null or virtualtransaction = any($1))`,
    [some],
  );
  return rows.map(({ transaction }) => transaction);
}
