import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from '@mpp/platform';

const POLL_MS = 10;

export interface JournalHorizon {
  /** The newest id of the journal. */
  readonly id: string;
  /** Whether all entries with ids up to it are committed: no open transaction can still write one. */
  readonly complete: boolean;
}

/**
 * The id up to which the journal is complete; null for an empty journal. An open transaction may hold a smaller id than a
 * committed entry. But each inserting transaction holds a lock of the table from before the id is generated until it ends:
 * the horizon is complete when all transactions that held this lock after the newest id was read have ended. Waits at most
 * `withinMs`, takes no lock and blocks no writer.
 */
export async function readJournalHorizon(queryable: Queryable, withinMs: number): Promise<JournalHorizon | null> {
  const [newest] = await queryable.query<{ id: string | null }[]>('select max(id) as id from ledger_entries');
  if (newest?.id == null) return null;
  const until = performance.now() + withinMs;
  let writers = await findWriters(queryable, null);
  while (writers.length > 0) {
    if (performance.now() > until) return { id: newest.id, complete: false };
    await pause(POLL_MS);
    writers = await findWriters(queryable, writers);
  }
  return { id: newest.id, complete: true };
}

/** The transactions that hold or wait for the lock of a writer of the journal; `among` null: all, else some of these. */
async function findWriters(queryable: Queryable, among: readonly string[] | null): Promise<string[]> {
  const rows = await queryable.query<{ transaction: string }[]>(
    `select distinct virtualtransaction as transaction from pg_locks
     where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = 'ledger_entries'::regclass
       and database = (select oid from pg_database where datname = current_database())
       and ($1::text[] is null or virtualtransaction = any($1))`,
    [among],
  );
  return rows.map(({ transaction }) => transaction);
}
