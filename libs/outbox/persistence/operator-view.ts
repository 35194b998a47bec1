import type { Queryable, Tx } from '@mpp/platform';
import type { HeldMessage, MessageFilter, OutboxMessageView } from '../domain/message.js';

// Everywhere below, $1 is the present moment.
const CLAIMED = 'lease is not null and next_attempt_at > $1';
const WAITING = `id, topic, key, payload, case when ${CLAIMED} then 'IN_FLIGHT' else 'WAITING' end as status, attempts,
  next_attempt_at as "nextAttemptAt", last_error as "lastError", created_at as "createdAt", null::timestamptz as "doneAt"`;
const DONE = `id, topic, key, payload, 'DONE' as status, attempts, null::timestamptz as "nextAttemptAt",
  last_error as "lastError", created_at as "createdAt", done_at as "doneAt"`;

/**
 * Newest first, from before this id on. Each of the two tables is read from its end no further than the page needs,
 * whatever has been done so far. The parameters are known when it is planned: a side that cannot match is not read.
 */
export async function listMessages(
  queryable: Queryable,
  now: Date,
  { status, topic, key }: MessageFilter,
  limit: number,
  before: string | null,
): Promise<OutboxMessageView[]> {
  const matches = `($3::text is null or topic = $3) and ($4::text is null or key = $4) and ($5::uuid is null or id < $5)`;
  return queryable.query(
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

/** Whatever there is of a key, oldest first. */
export async function messagesOfKey(queryable: Queryable, now: Date, key: string): Promise<OutboxMessageView[]> {
  return queryable.query(
    `select * from (
       select ${WAITING} from outbox_messages where key = $2
       union all
       select ${DONE} from outbox_done where key = $2
     ) messages order by id`,
    [now, key],
  );
}

/** Of these messages those that are not done. */
export async function waitingMessages(
  queryable: Queryable,
  now: Date,
  ids: readonly string[],
): Promise<OutboxMessageView[]> {
  return queryable.query(`select ${WAITING} from outbox_messages where id = any($2)`, [now, ids]);
}

/**
 * Locks the message until the transaction ends, wherever it lies. Null for one that never was. Who waited for a message
 * that was being moved finds it gone, and looks in the other place.
 */
export async function lockMessage(tx: Tx, now: Date, id: string): Promise<OutboxMessageView | null> {
  for (let look = 0; look < 2; look++) {
    const found = (await lockWaiting(tx, now, id)) ?? (await lockDone(tx, id));
    if (found !== null) return found;
  }
  return null;
}

async function lockWaiting(tx: Tx, now: Date, id: string): Promise<OutboxMessageView | null> {
  const [message] = await tx.query<OutboxMessageView[]>(
    `select ${WAITING} from outbox_messages where id = $2 for update`,
    [now, id],
  );
  return message ?? null;
}

async function lockDone(tx: Tx, id: string): Promise<OutboxMessageView | null> {
  const [message] = await tx.query<OutboxMessageView[]>(`select ${DONE} from outbox_done where id = $1 for update`, [
    id,
  ]);
  return message ?? null;
}

/** Makes a locked message due that waits. One that is due already keeps its place among those that are. */
export async function makeDue(tx: Tx, now: Date, id: string): Promise<void> {
  await tx.query('update outbox_messages set next_attempt_at = least(next_attempt_at, $1) where id = $2', [now, id]);
}

/**
 * Brings a locked message back that is done: the payload to the byte, with its deadline, due, and the next attempt with the
 * next number.
 */
export async function bringBack(tx: Tx, now: Date, id: string): Promise<void> {
  await tx.query(
    `with gone as (delete from outbox_done where id = $2 returning *)
     insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, deadline, last_error, created_at)
     select id, topic, key, payload, attempts, $1, deadline, last_error, created_at from gone`,
    [now, id],
  );
}

/** Locks the message of this topic and key until the transaction ends, where one waits. */
export async function holdWaiting(tx: Tx, now: Date, topic: string, key: string): Promise<HeldMessage | null> {
  const [message] = await tx.query<HeldMessage[]>(
    `select id, attempts, ${CLAIMED} as "inFlight" from outbox_messages
     where topic = $2 and key = $3 order by id limit 1 for update`,
    [now, topic, key],
  );
  return message ?? null;
}
