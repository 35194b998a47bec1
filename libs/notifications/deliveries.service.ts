import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, UUID } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { Database, type Position } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Attempt, Notification, NotificationFilter } from './domain/notification.js';
import { Notifications } from './notifications.service.js';
import { selectAttempts } from './persistence/attempts.statement.js';
import {
  type NotificationRow,
  selectNotification,
  selectNotifications,
} from './persistence/notifications.statement.js';

export interface NotificationDetails extends Notification {
  /** As it is sent, to the byte. */
  readonly body: string;
  /** Its attempts, the oldest first. */
  readonly history: readonly Attempt[];
}

/** How events get to the gateway, for operators. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly notifications: Notifications,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Newest first, at most `limit`, from behind the position on. */
  async list(filter: NotificationFilter, limit: number, after: Position | null): Promise<Notification[]> {
    return this.withOutbox(await selectNotifications(this.database, filter, limit, after));
  }

  /** NOT_FOUND for one that never was. */
  async story(notificationId: string): Promise<NotificationDetails> {
    const { body, ...row } = await this.row(notificationId);
    const notification = await this.seen(row);
    return { ...notification, body, history: await selectAttempts(this.database, notification.id) };
  }

  /**
   * Has the notification sent again as soon as any process has room, whatever became of it, and puts down who did,
   * together; the time to give up counts from now. One that is being attempted at this moment is left alone, and nothing is
   * put down. NOT_FOUND; STATE_CONFLICT where there is no gateway.
   */
  async resend(notificationId: string, operator: string): Promise<Notification> {
    const { id, subject, customerId, type, status } = await this.row(notificationId);
    if (!this.notifications.enabled) throw new DomainError('STATE_CONFLICT', { detail: NO_GATEWAY });
    await this.outbox.retry(id, (tx) =>
      this.trail.record(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'NOTIFICATION_RESENT',
        subject,
        customerId,
        details: { notificationId: id, type, status },
      }),
    );
    const { body: _, ...row } = await this.row(id);
    return this.seen(row);
  }

  private async row(notificationId: string): Promise<NotificationRow & { body: string }> {
    const id = notificationId.toLowerCase();
    const row = UUID.test(id) ? await selectNotification(this.database, id) : null;
    if (row === null) throw new DomainError('NOT_FOUND');
    return row;
  }

  private async seen(row: NotificationRow): Promise<Notification> {
    const [notification] = await this.withOutbox([row]);
    if (notification === undefined) throw new Error(`notification ${row.id} is gone`);
    return notification;
  }

  /** The outbox knows when the next attempt comes, and of the one that is under way. */
  private async withOutbox(rows: readonly NotificationRow[]): Promise<Notification[]> {
    const messages = await this.outbox.findWaiting(rows.map(({ id }) => id));
    return rows.map((row) => {
      const message = messages.get(row.id);
      const attempts = Math.max(row.attempts, message?.attempts ?? 0);
      return { ...row, attempts, nextAttemptAt: message?.nextAttemptAt ?? null };
    });
  }
}

const NO_GATEWAY = {
  ru: 'Уведомления выключены: NOTIFICATION_URL не задан.',
  kk: 'Хабарландырулар өшірілген: NOTIFICATION_URL көрсетілмеген.',
};
