import { Metrics } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ATTEMPT_OUTCOMES, type Delivery } from '../domain/notification.js';
import { NotificationsRepository } from '../persistence/notifications.repository.js';

@Injectable()
export class NotificationMetrics {
  private readonly attempts: Counter;

  constructor(metrics: Metrics, rows: NotificationsRepository) {
    this.attempts = new Counter({
      name: 'mpp_notification_attempts_total',
      help: 'Attempts to deliver notifications to the gateway, by outcome',
      labelNames: ['outcome'],
      registers: [metrics.registry],
    });
    // An increase is only seen from a zero before it.
    for (const outcome of ATTEMPT_OUTCOMES) this.attempts.inc({ outcome }, 0);
    metrics.gauge('mpp_notifications_failed', 'Notifications that were given up and not resent since', () =>
      rows.countFailed(),
    );
  }

  countAttempt({ outcome }: Delivery): void {
    this.attempts.inc({ outcome });
  }
}
