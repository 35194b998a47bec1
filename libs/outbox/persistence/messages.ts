import { callOf, type Database, type Queryable, type Tx } from '@mpp/platform';
import type { NewMessage, OutboxMessage, OutboxReservation } from '../domain/message.js';

export interface Claim {
  readonly topic: string;
  readonly deadlineFirst: boolean;
  readonly limit: number;
  readonly lease: string;
  readonly now: Date;
  readonly leasedUntil: Date;
  /** A message that is due after this was scheduled by a wrong clock, and is due now. */
  readonly misdatedAfter: Date;
}

/** Its messages are due by `now`, and those that a wrong clock scheduled after `misdatedAfter`. */
export interface TopicDue {
  readonly topic: string;
  readonly misdatedAfter: Date;
}

export interface Retry {
  readonly id: string;
  readonly lease: string;
  readonly at: Date;
  readonly error: string;
  /** False: it loses its deadline, if it has one. */
  readonly keepsDeadline: boolean;
}

interface ClaimedRow {
  id: string;
  key: string;
  payload: unknown;
  attempts: number;
}

/** Writes a message. With a lease its first attempt counts already: the process that wrote it makes it. */
export async function insertMessage(
  tx: Queryable,
  { topic, key, payload, deadline }: NewMessage,
  { id, lease, nextAttemptAt }: OutboxReservation,
  now: Date,
): Promise<void> {
  await tx.query(
    ...callOf('outbox_enqueue', {
      p_id: id,
      p_topic: topic,
      p_key: key,
      p_payload: JSON.stringify(payload),
      p_next_attempt_at: nextAttemptAt,
      p_lease: lease,
      p_deadline: deadline ?? null,
      p_at: now,
    }),
  );
}

/** Those of the topics that have a due message. */
export async function selectDueTopics(database: Database, topics: readonly TopicDue[], now: Date): Promise<string[]> {
  // The limits, and the order, keep the planner from reading the whole table: it makes two probes of the index for each topic.
  const rows = await database.query<{ topic: string }[]>(
    `select t.topic from unnest($1::text[], $2::timestamptz[]) as t (topic, misdated_after) cross join lateral (
       (select from outbox_messages m where m.topic = t.topic and m.next_attempt_at <= $3 limit 1)
       union all
       (select from outbox_messages m where m.topic = t.topic and m.next_attempt_at > t.misdated_after
        order by m.next_attempt_at desc limit 1)
       limit 1) due`,
    [topics.map(({ topic }) => topic), topics.map(({ misdatedAfter }) => misdatedAfter), now],
  );
  return rows.map(({ topic }) => topic);
}

// Each part reads one range of a small index; one condition for all parts would use none, and read every message that waits.
const MISDATED = `misdated as (
    select id from outbox_messages where topic = $1 and next_attempt_at > $6
    order by next_attempt_at limit $2 for update skip locked
  )`;

const LONGEST_DUE = `
  with ${MISDATED}, longest as (
    select id from outbox_messages where topic = $1 and next_attempt_at <= $4
    order by next_attempt_at limit $2 - (select count(*) from misdated) for update skip locked
  )
  select id from misdated union all select id from longest`;

const EARLIEST_DEADLINE = `
  with ${MISDATED}, urgent as (
    select id from outbox_messages where topic = $1 and deadline is not null and next_attempt_at <= $4
    order by deadline limit $2 - (select count(*) from misdated) for update skip locked
  ), others as (
    select id from outbox_messages where topic = $1 and deadline is null and next_attempt_at <= $4
    order by next_attempt_at limit $2 - (select count(*) from misdated) - (select count(*) from urgent)
    for update skip locked
  )
  select id from misdated union all select id from urgent union all select id from others`;

/**
 * Claims the most urgent due messages, without waiting for those that another process is claiming. Those that a wrong clock
 * scheduled go first: they may have waited for long.
 */
export async function claimDue(database: Database, claim: Claim): Promise<OutboxMessage<unknown>[]> {
  const rows = await database.query<ClaimedRow[]>(
    `update outbox_messages m set attempts = m.attempts + 1, lease = $3, next_attempt_at = $5
     from (${claim.deadlineFirst ? EARLIEST_DEADLINE : LONGEST_DUE}) due
     where m.id = due.id
     returning m.id, m.key, m.payload, m.attempts`,
    [claim.topic, claim.limit, claim.lease, claim.now, claim.leasedUntil, claim.misdatedAfter],
  );
  return rows.map((row) => ({ ...row, lease: claim.lease, leasedUntil: claim.leasedUntil }));
}

/** Locks the messages until the transaction ends, in the order of their ids, and returns the lease that each has now. */
export async function lockLeases(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const rows = await tx.query<{ id: string; lease: string | null }[]>(
    'select id, lease from outbox_messages where id = any($1) order by id for update',
    [ids],
  );
  return new Map(rows.map(({ id, lease }) => [id, lease]));
}

/** Moves done messages out of the hot table, also if another attempt has the lease. */
export async function moveToDone(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `with moved as (delete from outbox_messages where id = any($1) returning *)
     insert into outbox_done (id, topic, key, payload, attempts, deadline, last_error, created_at, done_at)
     select id, topic, key, payload, attempts, deadline, last_error, created_at, $2 from moved`,
    [ids, at],
  );
}

/** Gives leases back and sets the time of the next attempt. A message whose lease was lost is not changed. */
export async function scheduleRetries(database: Database | Tx, retries: readonly Retry[]): Promise<void> {
  if (retries.length === 0) return;
  await database.query(
    `update outbox_messages m set lease = null, next_attempt_at = r.at, last_error = r.error,
       deadline = case when r.keeps then m.deadline end
     from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::boolean[]) as r (id, lease, at, error, keeps)
     where m.id = r.id and m.lease = r.lease`,
    [
      retries.map((r) => r.id),
      retries.map((r) => r.lease),
      retries.map((r) => r.at),
      retries.map((r) => r.error.slice(0, 500)),
      retries.map((r) => r.keepsDeadline),
    ],
  );
}

export interface Backlog {
  readonly topic: string;
  readonly depth: number;
  readonly oldest: Date;
}

export async function backlog(database: Database): Promise<Backlog[]> {
  return database.query(
    `select topic, count(*)::int as depth, min(created_at) as oldest from outbox_messages group by topic`,
  );
}
