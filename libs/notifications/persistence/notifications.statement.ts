import type { CustomerId } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { EventType } from '../domain/event-types.js';
import {
  NOTIFICATION_TOPIC,
  type Notification,
  type NotificationFilter,
  type Verdict,
} from '../domain/notification.js';

export interface NewNotification {
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly body: string;
}

/** A notification without what only the outbox knows. */
export type NotificationRow = Omit<Notification, 'nextAttemptAt'>;

export interface LockedNotification {
  readonly id: string;
  readonly type: EventType;
  readonly dueSince: Date;
}

export interface Judged {
  readonly id: string;
  /** Counts the one that is judged. */
  readonly attempts: number;
  readonly verdict: Verdict;
}

const SHOWN = `id, type, subject, customer_id as "customerId", status, attempts, last_error as "lastError",
  created_at as "createdAt", delivered_at as "deliveredAt"`;

/** Writes all of them with their messages, in one statement. */
export async function insertNotifications(
  tx: Queryable,
  notifications: readonly NewNotification[],
  now: Date,
): Promise<void> {
  await tx.query('select notifications_enqueue($1, $2, $3, $4, $5, $6, $7)', [
    notifications.map(({ id }) => id),
    NOTIFICATION_TOPIC,
    notifications.map(({ type }) => type),
    notifications.map(({ subject }) => subject),
    notifications.map(({ customerId }) => customerId),
    notifications.map(({ body }) => body),
    now,
  ]);
}

/** With what is sent. Null for one that never was. */
export async function selectNotification(
  queryable: Queryable,
  id: string,
): Promise<(NotificationRow & { body: string }) | null> {
  const [found] = await queryable.query<(NotificationRow & { body: string })[]>(
    `select ${SHOWN}, body from notifications where id = $1`,
    [id],
  );
  return found ?? null;
}

/** Newest first, from behind the position on. The parameters are known when it is planned: what is null costs nothing. */
export async function selectNotifications(
  queryable: Queryable,
  { status, type, subject, customerId }: NotificationFilter,
  limit: number,
  after: { readonly at: Date; readonly id: string } | null,
): Promise<NotificationRow[]> {
  return queryable.query(
    `select ${SHOWN} from notifications
     where ($1::text is null or status = $1) and ($2::text is null or type = $2) and ($3::text is null or subject = $3)
       and ($4::text is null or customer_id = $4)
       and ($5::timestamptz is null or (created_at, id) < ($5::timestamptz, $6::uuid))
     order by created_at desc, id desc limit $7`,
    [
      status ?? null,
      type ?? null,
      subject ?? null,
      customerId ?? null,
      after?.at ?? null,
      // A row of nulls would be compared with all the same.
      after?.id ?? null,
      limit,
    ],
  );
}

/** Locks them until the transaction ends, always in the same order. */
export async function lockNotifications(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LockedNotification>> {
  const rows = await tx.query<LockedNotification[]>(
    'select id, type, due_since as "dueSince" from notifications where id = any($1) order by id for update',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export async function writeVerdicts(tx: Tx, judged: readonly Judged[], now: Date): Promise<void> {
  if (judged.length === 0) return;
  await tx.query(
    `update notifications n set status = v.status, attempts = greatest(n.attempts, v.attempts), last_error = v.error,
       delivered_at = case when v.status = 'DELIVERED' then $5::timestamptz else n.delivered_at end
     from unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) as v (id, status, attempts, error)
     where n.id = v.id`,
    [
      judged.map(({ id }) => id),
      judged.map(({ verdict }) => verdict.status),
      judged.map(({ attempts }) => attempts),
      judged.map(({ verdict }) => (verdict.status === 'DELIVERED' ? null : verdict.error)),
      now,
    ],
  );
}

/** It waits again, as if it were new, whatever became of it before. */
export async function renew(tx: Tx, id: string, now: Date): Promise<void> {
  // Two processes' clocks differ: what is told stays in order.
  await tx.query(`update notifications set status = 'PENDING', due_since = greatest(due_since, $2) where id = $1`, [
    id,
    now,
  ]);
}

export async function countFailed(queryable: Queryable): Promise<number> {
  const [row] = await queryable.query<{ failed: number }[]>(
    `select count(*)::int as failed from notifications where status = 'FAILED'`,
  );
  return row?.failed ?? 0;
}
