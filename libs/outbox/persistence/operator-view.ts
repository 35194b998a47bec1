import type { Queryable, ReportDatabase, Tx } from '@mpp/platform';
import type { LockedMessage, MessageFilter, OutboxMessageView } from '../domain/message.js';

// In every statement $1 is the current time.
const CLAIMED = 'lease is not null and next_attempt_at > $1';
const WAITING = `id, topic, key, payload, case when ${CLAIMED} then 'IN_FLIGHT' else 'WAITING' end as status, attempts,
  next_attempt_at as "nextAttemptAt", last_error as "lastError", created_at as "createdAt", null::timestamptz as "doneAt"`;
const DONE = `id, topic, key, payload, 'DONE' as status, attempts, null::timestamptz as "nextAttemptAt",
  last_error as "lastError", created_at as "createdAt", done_at as "doneAt"`;

/**
 * Newest first, ids below `before`. Each of the two tables is read from its end, no further than the page needs. The
 * parameters are known to the planner, so that a table without a possible match is not read.
 */
export async function selectMessages(
  reports: ReportDatabase,
  now: Date,
  { status, topic, key }: MessageFilter,
  limit: number,
  before: string | null,
): Promise<OutboxMessageView[]> {
  const matches = `($3::text is null or topic = $3) and ($4::text is null or key = $4) and ($5::uuid is null or id < $5)`;
  return reports.query(
    `select * from (
       (select ${WAITING} from outbox_messages
        where ($2::text is null or ($2 = 'IN_FLIGHT' and ${CLAIMED}) or ($2 = 'WAITING' and (${CLAIMED}) is not true))
          and ${matches}
        order by id desc limit $6)
       union all
       (select ${DONE} from outbox_done where ($2::text is null or $2 = 'DONE') and ${matches}
        order by id desc limit $6)
     ) messages order by id desc limit $6`,
    [now, status ?? null, topic ?? null, key ?? null, before, limit],
  );
}

/** The messages of a key, oldest first. */
export async function findByKey(queryable: Queryable, now: Date, key: string): Promise<OutboxMessageView[]> {
  return queryable.query(
    `select * from (
       select ${WAITING} from outbox_messages where key = $2
       union all
       select ${DONE} from outbox_done where key = $2
     ) messages order by id`,
    [now, key],
  );
}

/** Those of the messages that are not done. */
export async function findByIds(queryable: Queryable, now: Date, ids: readonly string[]): Promise<OutboxMessageView[]> {
  return queryable.query(`select ${WAITING} from outbox_messages where id = any($2)`, [now, ids]);
}

/**
 * Locks the message, waiting or done, until the transaction ends. Null if it does not exist. A message that was moved while
 * this waited for its lock is then in the other table, so both are read twice.
 */
export async function lockAnywhere(tx: Tx, now: Date, id: string): Promise<OutboxMessageView | null> {
  const waiting = `select ${WAITING} from outbox_messages where id = $2 for update`;
  const done = `select ${DONE} from outbox_done where id = $1 for update`;
  for (let reads = 0; reads < 2; reads++) {
    const [inWaiting] = await tx.query<OutboxMessageView[]>(waiting, [now, id]);
    if (inWaiting !== undefined) return inWaiting;
    const [inDone] = await tx.query<OutboxMessageView[]>(done, [id]);
    if (inDone !== undefined) return inDone;
  }
  return null;
}

/** Makes a locked, waiting message due. One that is due already keeps its place in the order. */
export async function makeDue(tx: Tx, now: Date, id: string): Promise<void> {
  await tx.query('update outbox_messages set next_attempt_at = least(next_attempt_at, $1) where id = $2', [now, id]);
}

/** Makes a locked, done message due again, with the same payload and deadline; its attempts are counted on. */
export async function returnToWaiting(tx: Tx, now: Date, id: string): Promise<void> {
  await tx.query(
    `with moved as (delete from outbox_done where id = $2 returning *)
     insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, deadline, last_error, created_at)
     select id, topic, key, payload, attempts, $1, deadline, last_error, created_at from moved`,
    [now, id],
  );
}

/** Locks the oldest waiting message of this topic and key until the transaction ends. */
export async function lockWaiting(tx: Tx, now: Date, topic: string, key: string): Promise<LockedMessage | null> {
  const [message] = await tx.query<LockedMessage[]>(
    `select id, attempts, ${CLAIMED} as "inFlight" from outbox_messages
     where topic = $2 and key = $3 order by id limit 1 for update`,
    [now, topic, key],
  );
  return message ?? null;
}
