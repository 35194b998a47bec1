import { addMilliseconds, type CustomerId } from '@mpp/kernel';
import {
  Database,
  newestFirst,
  type Position,
  type Queryable,
  ReportDatabase,
  selectWhere,
  type Tx,
} from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { EventType } from '../domain/event-types.js';
import {
  type Attempt,
  type Delivery,
  NOTIFICATION_TOPIC,
  type NotificationFilter,
  type Verdict,
} from '../domain/notification.js';
import { NotificationEntity } from './notification.entity.js';
import { NotificationAttemptEntity } from './notification-attempt.entity.js';

export interface NewNotification {
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly body: string;
}

export interface AttemptKey {
  readonly id: string;
  readonly attempt: number;
}

/** Three days of attempts are some hundred, and each resend may add as many. */
const MOST_SHOWN = 500;

/** Bounds the search for an attempt to the latest partitions. */
const LONGEST_ATTEMPT_MS = 24 * 3_600_000;

@Injectable()
export class NotificationsRepository {
  constructor(
    private readonly database: Database,
    private readonly reports: ReportDatabase,
  ) {}

  /** Writes the notifications and their outbox messages in one statement. */
  async insertNotifications(tx: Queryable, notifications: readonly NewNotification[], now: Date): Promise<void> {
    await tx.query(
      `select notifications_enqueue(p_ids => $1, p_topic => $2, p_types => $3, p_subjects => $4, p_customer_ids => $5,
         p_bodies => $6, p_at => $7)`,
      [
        notifications.map(({ id }) => id),
        NOTIFICATION_TOPIC,
        notifications.map(({ type }) => type),
        notifications.map(({ subject }) => subject),
        notifications.map(({ customerId }) => customerId),
        notifications.map(({ body }) => body),
        now,
      ],
    );
  }

  async findNotification(id: string): Promise<NotificationEntity | null> {
    return selectWhere(this.database.manager, NotificationEntity, { id }).addSelect('row.body').getOne();
  }

  /** Newest first, without bodies. */
  async listNotifications(
    filter: NotificationFilter,
    limit: number,
    after: Position | null,
  ): Promise<NotificationEntity[]> {
    return newestFirst(selectWhere(this.reports.manager, NotificationEntity, filter), limit, after);
  }

  /** The attempts of a notification, the oldest first; of more than 500 the latest. */
  async listAttempts(notificationId: string): Promise<Attempt[]> {
    const latest = await this.database.manager.find(NotificationAttemptEntity, {
      where: { notificationId },
      order: { attempt: 'DESC', startedAt: 'DESC' },
      take: MOST_SHOWN,
    });
    return latest.reverse();
  }

  async countFailed(): Promise<number> {
    return this.database.manager.countBy(NotificationEntity, { status: 'FAILED' });
  }

  /** Locks the notifications until the transaction ends, always in the same order. */
  async lockNotifications(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, NotificationEntity>> {
    const found = await tx.find(NotificationEntity, {
      where: { id: In([...ids]) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(found.map((notification) => [notification.id, notification]));
  }

  /** `attempts` includes the attempt that the verdict is about. */
  async saveVerdicts(
    tx: Tx,
    judged: readonly { readonly id: string; readonly attempts: number; readonly verdict: Verdict }[],
    now: Date,
  ): Promise<void> {
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

  /** The notification is pending again, and the time to give up counts from now. */
  async renewNotification(tx: Tx, id: string, now: Date): Promise<void> {
    // The clocks of two processes differ; dueSince never goes back.
    await tx
      .createQueryBuilder()
      .update(NotificationEntity)
      .set({ status: 'PENDING', dueSince: () => 'greatest(due_since, :now)' })
      .where({ id })
      .setParameters({ now })
      .execute();
  }

  async recordAttempts(attempts: readonly AttemptKey[], now: Date): Promise<void> {
    await this.database.query(
      `insert into notification_attempts (notification_id, attempt, started_at)
       select id, attempt, $3 from unnest($1::uuid[], $2::int[]) as a (id, attempt)`,
      [attempts.map(({ id }) => id), attempts.map(({ attempt }) => attempt), now],
    );
  }

  /** The first end of an attempt stays. */
  async finishAttempts(
    write: Queryable,
    attempts: readonly (AttemptKey & { readonly delivery: Delivery })[],
    now: Date,
  ): Promise<void> {
    const deliveries = attempts.map(({ delivery }) => delivery);
    await write.query(
      `update notification_attempts a
       set finished_at = $6, outcome = e.outcome, http_status = e.http_status, error = e.error
       from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[])
         as e (id, attempt, outcome, http_status, error)
       where a.notification_id = e.id and a.attempt = e.attempt and a.outcome is null and a.started_at > $7`,
      [
        attempts.map(({ id }) => id),
        attempts.map(({ attempt }) => attempt),
        deliveries.map(({ outcome }) => outcome),
        deliveries.map((delivery) => (delivery.outcome === 'NO_ANSWER' ? null : delivery.httpStatus)),
        deliveries.map((delivery) => (delivery.outcome === 'NO_ANSWER' ? delivery.error : null)),
        now,
        addMilliseconds(now, -LONGEST_ATTEMPT_MS),
      ],
    );
  }
}
