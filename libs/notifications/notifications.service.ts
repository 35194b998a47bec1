import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { derivedId, type Queryable } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { bodyOf, type NewEvent } from './domain/event.js';
import { NotificationsRepository } from './persistence/notifications.repository.js';

/** Takes the events of features for the participant's gateway, in the transaction that makes them happen. */
@Injectable()
export class Notifications {
  constructor(
    private readonly rows: NotificationsRepository,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Whether a gateway is set. Without one nothing is written. */
  get enabled(): boolean {
    return this.settings.NOTIFICATION_URL !== undefined;
  }

  /** Each event reaches the gateway at least once if the caller's transaction commits, and never if it does not. */
  async enqueueNotifications(tx: Queryable, events: readonly NewEvent[]): Promise<void> {
    if (!this.enabled || events.length === 0) return;
    const notifications = events.map((event) => {
      const { type, subject, customerId } = event;
      return { id: derivedId('event', type, subject), type, subject, customerId, body: bodyOf(event) };
    });
    await this.rows.insertNotifications(tx, notifications, this.clock.now());
  }
}
