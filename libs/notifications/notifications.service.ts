import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { bodyOf, type NewEvent } from './domain/event.js';
import { insertNotifications } from './persistence/notifications.statement.js';

/** What the participant's gateway is told: features put events in, in the transaction that makes them happen. */
@Injectable()
export class Notifications {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Whether there is a gateway. Where there is none, nothing is kept for it. */
  get enabled(): boolean {
    return this.settings.NOTIFICATION_URL !== undefined;
  }

  /**
   * Each event reaches the gateway at least once if the caller's transaction commits, and never if it does not. One
   * statement for all of them; it does nothing where there is no gateway.
   */
  async enqueue(tx: Queryable, events: readonly NewEvent[]): Promise<void> {
    if (!this.enabled || events.length === 0) return;
    const notifications = events.map((event) => {
      const { type, subject, customerId } = event;
      return { id: uuidv7(), type, subject, customerId, body: bodyOf(event) };
    });
    await insertNotifications(tx, notifications, this.clock.now());
  }
}
