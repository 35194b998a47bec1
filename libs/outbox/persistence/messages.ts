import type { Database, Tx } from '@mpp/platform';
import type { OutboxMessage } from '../domain/message.js';

export interface Claim {
  readonly topic: string;
  readonly deadlineFirst: boolean;
  readonly limit: number;
  readonly lease: string;
  readonly now: Date;
  readonly leasedUntil: Date;
}

export interface Retry {
  readonly id: string;
  readonly lease: string;
  readonly at: Date;
  readonly error: string;
  /** Whether it keeps its deadline, if it has one. */
  readonly urgent: boolean;
}

interface ClaimedRow {
  id: string;
  key: string;
  payload: unknown;
  attempts: number;
}

const LONGEST_DUE = `select id from outbox_messages where topic = $1 and next_attempt_at <= $4
   order by next_attempt_at limit $2 for update skip locked`;

// Each half has a small index of its own, which one order over both would not use.
const EARLIEST_DEADLINE = `
  with urgent as (
    select id from outbox_messages where topic = $1 and deadline is not null and next_attempt_at <= $4
    order by deadline limit $2 for update skip locked
  ), others as (
    select id from outbox_messages where topic = $1 and deadline is null and next_attempt_at <= $4
    order by next_attempt_at limit $2 - (select count(*) from urgent) for update skip locked
  )
  select id from urgent union all select id from others`;

/** Takes the most urgent of what is due, skipping what another process is taking at this moment. One short statement. */
export async function claimDue(database: Database, claim: Claim): Promise<OutboxMessage<unknown>[]> {
  const rows = await database.query<ClaimedRow[]>(
    `update outbox_messages m set attempts = m.attempts + 1, lease = $3, next_attempt_at = $5
     from (${claim.deadlineFirst ? EARLIEST_DEADLINE : LONGEST_DUE}) due
     where m.id = due.id
     returning m.id, m.key, m.payload, m.attempts`,
    [claim.topic, claim.limit, claim.lease, claim.now, claim.leasedUntil],
  );
  return rows.map((row) => ({ ...row, lease: claim.lease, leasedUntil: claim.leasedUntil }));
}

/** Locks the messages until the transaction ends, always in the same order, and says under which lease each is now. */
export async function lockLeases(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const rows = await tx.query<{ id: string; lease: string | null }[]>(
    'select id, lease from outbox_messages where id = any($1) order by id for update',
    [ids],
  );
  return new Map(rows.map(({ id, lease }) => [id, lease]));
}

/** Done messages leave the hot table, whoever holds the lease: what is done is done. */
export async function moveToDone(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `with gone as (delete from outbox_messages where id = any($1) returning *)
     insert into outbox_done (id, topic, key, payload, attempts, deadline, last_error, created_at, done_at)
     select id, topic, key, payload, attempts, deadline, last_error, created_at, $2 from gone`,
    [ids, at],
  );
}

/** Gives leases back with the time of the next attempt. A message that another process has claimed since is left to it. */
export async function scheduleRetries(database: Database | Tx, retries: readonly Retry[]): Promise<void> {
  if (retries.length === 0) return;
  await database.query(
    `update outbox_messages m set lease = null, next_attempt_at = r.at, last_error = r.error,
       deadline = case when r.urgent then m.deadline end
     from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::boolean[]) as r (id, lease, at, error, urgent)
     where m.id = r.id and m.lease = r.lease`,
    [
      retries.map((r) => r.id),
      retries.map((r) => r.lease),
      retries.map((r) => r.at),
      retries.map((r) => r.error.slice(0, 500)),
      retries.map((r) => r.urgent),
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
