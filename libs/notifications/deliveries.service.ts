import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, UUID } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import type { Position } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Attempt, Notification, NotificationFilter } from './domain/notification.js';
import { Notifications } from './notifications.service.js';
import type { NotificationEntity } from './persistence/notification.entity.js';
import { NotificationsRepository } from './persistence/notifications.repository.js';

export interface NotificationDetails extends Notification {
  /** JSON text, exactly as it is sent. */
  readonly body: string;
  /** The oldest attempt first. */
  readonly history: readonly Attempt[];
}

/** The delivery of events to the gateway, for operators. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly rows: NotificationsRepository,
    private readonly outbox: Outbox,
    private readonly notifications: Notifications,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async listNotifications(filter: NotificationFilter, limit: number, after: Position | null): Promise<Notification[]> {
    return this.withOutbox(await this.rows.listNotifications(filter, limit, after));
  }

  /** Throws NOT_FOUND. */
  async readDetails(notificationId: string): Promise<NotificationDetails> {
    const row = await this.findRow(notificationId);
    const [notification] = await this.withOutbox([row]);
    return { ...(notification as Notification), body: row.body, history: await this.rows.listAttempts(row.id) };
  }

  /**
   * Makes the notification due now, whatever its status; the time to give up counts from now. The audit line is written in
   * the same transaction. An attempt that is under way is left alone, and nothing is recorded. Throws NOT_FOUND;
   * STATE_CONFLICT without a gateway.
   */
  async resendNotification(notificationId: string, operator: string): Promise<Notification> {
    const { id, subject, customerId, type, status } = await this.findRow(notificationId);
    if (!this.notifications.enabled) throw new DomainError('STATE_CONFLICT', { detail: NO_GATEWAY });
    await this.outbox.retryMessage(id, (tx) =>
      this.trail.recordAction(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'NOTIFICATION_RESENT',
        subject,
        customerId,
        details: { notificationId: id, type, status },
      }),
    );
    const [notification] = await this.withOutbox([await this.findRow(id)]);
    return notification as Notification;
  }

  private async findRow(notificationId: string) {
    const id = notificationId.toLowerCase();
    const row = UUID.test(id) ? await this.rows.findNotification(id) : null;
    if (row === null) throw new DomainError('NOT_FOUND');
    return row;
  }

  /** Adds the attempt that is under way and the time of the next one, from the outbox. */
  private async withOutbox(rows: readonly NotificationEntity[]): Promise<Notification[]> {
    const messages = await this.outbox.findWaiting(rows.map(({ id }) => id));
    return rows.map(({ body: _body, dueSince: _dueSince, ...record }) => {
      const message = messages.get(record.id);
      const attempts = Math.max(record.attempts, message?.attempts ?? 0);
      return { ...record, attempts, nextAttemptAt: message?.nextAttemptAt ?? null };
    });
  }
}

const NO_GATEWAY = {
  ru: 'Уведомления выключены: NOTIFICATION_URL не задан.',
  kk: 'Хабарландырулар өшірілген: NOTIFICATION_URL көрсетілмеген.',
};
