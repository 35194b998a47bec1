import { Database, Metrics } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ATTEMPT_OUTCOMES, type Delivery } from './domain/notification.js';
import { countFailed } from './persistence/notifications.statement.js';

/** How deliveries to the gateway go, and how many were given up. */
@Injectable()
export class NotificationMetrics {
  private readonly attempts: Counter;

  constructor(metrics: Metrics, database: Database) {
    this.attempts = new Counter({
      name: 'mpp_notification_attempts_total',
      help: 'Attempts to deliver notifications to the gateway, by outcome',
      labelNames: ['outcome'],
      registers: [metrics.registry],
    });
    // An alert on growth needs the zero before.
    for (const outcome of ATTEMPT_OUTCOMES) this.attempts.inc({ outcome }, 0);
    metrics.gauge('mpp_notifications_failed', 'Notifications that were given up, and not sent again since', () =>
      countFailed(database),
    );
  }

  count({ outcome }: Delivery): void {
    this.attempts.inc({ outcome });
  }
}
