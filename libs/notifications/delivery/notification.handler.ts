import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type Delivery, deliveryText, NOTIFICATION_TOPIC, type Verdict, verdictOn } from '../domain/notification.js';
import type { NotificationEntity } from '../persistence/notification.entity.js';
import { type AttemptKey, NotificationsRepository } from '../persistence/notifications.repository.js';
import { Gateway } from './gateway.js';
import { NotificationMetrics } from './notification-metrics.js';

/** The body is stored with the notification, which has the message's id. */
type Payload = Record<string, never>;
type Message = OutboxMessage<Payload>;

interface Result {
  readonly startedAt: Date;
  readonly delivery: Delivery;
}

/** Sends each event until the gateway answers 2xx or the time to give up has passed. */
@Injectable()
export class NotificationHandler implements OutboxHandler<Payload, Result> {
  readonly topic = NOTIFICATION_TOPIC;
  private readonly log = new Logger('Notifications');
  private readonly url: string | undefined;
  private readonly giveUpAfterMs: number;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly gateway: Gateway,
    private readonly rows: NotificationsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly metrics: NotificationMetrics,
  ) {
    this.url = settings.NOTIFICATION_URL;
    this.giveUpAfterMs = settings.NOTIFICATION_GIVE_UP_AFTER_MS;
    // Without a gateway, the notifications that were enqueued with one wait until a gateway is set again.
    if (this.url !== undefined)
      outbox.register(this, {
        concurrency: settings.NOTIFICATION_CONCURRENCY,
        attemptMs: settings.NOTIFICATION_TIMEOUT_MS,
        backoff: { baseMs: settings.NOTIFICATION_RETRY_BASE_MS, maxMs: settings.NOTIFICATION_RETRY_MAX_MS },
      });
  }

  async recordAttempts(messages: readonly Message[]): Promise<void> {
    await this.rows.recordAttempts(messages.map(attemptKey), this.clock.now());
  }

  async attempt({ id }: Message): Promise<Result> {
    if (this.url === undefined) throw new Error('NOTIFICATION_URL is not set');
    const startedAt = this.clock.now();
    const notification = await this.rows.findNotification(id);
    if (notification === null) throw new Error(`there is no notification ${id}`);
    const started = performance.now();
    const delivery = await this.gateway.send(this.url, id, notification.body);
    this.metrics.countAttempt(delivery);
    this.log.log(`${id} ${notification.type} ${deliveryText(delivery)} ${Math.round(performance.now() - started)} ms`);
    return { startedAt, delivery };
  }

  async settle(tx: Tx, attempts: readonly FinishedAttempt<Payload, Result>[]): Promise<Disposition[]> {
    const notifications = await this.rows.lockNotifications(
      tx,
      attempts.map(({ message }) => message.id),
    );
    const judged = attempts.map((attempt) => this.judge(attempt, notifications.get(attempt.message.id)));
    const now = this.clock.now();
    await this.rows.finishAttempts(
      tx,
      attempts.map(({ message, result }) => ({ ...attemptKey(message), delivery: result.delivery })),
      now,
    );
    await this.rows.saveVerdicts(
      tx,
      judged.filter(({ counts }) => counts),
      now,
    );
    tx.afterCommit(() => {
      for (const attempt of judged) this.reportGivenUp(attempt);
    });
    return judged.map(({ counts, verdict }) => {
      if (verdict.status === 'PENDING') return { kind: 'retry', error: verdict.error, by: verdict.by };
      return verdict.status === 'FAILED' && !counts ? { kind: 'retry', error: verdict.error } : { kind: 'done' };
    });
  }

  async recordNotSent(message: Message): Promise<void> {
    const delivery = { outcome: 'NO_ANSWER', error: 'not sent: its lease was nearly over' } as const;
    await this.rows.finishAttempts(this.database, [{ ...attemptKey(message), delivery }], this.clock.now());
  }

  /** Always: a gateway that has the event recognises its id. */
  async canRetry(): Promise<boolean> {
    return true;
  }

  async onRetry(tx: Tx, { id }: { readonly id: string }): Promise<void> {
    await this.rows.renewNotification(tx, id, this.clock.now());
  }

  private judge(
    attempt: FinishedAttempt<Payload, Result>,
    notification: NotificationEntity | undefined,
  ): JudgedAttempt {
    const { message, result, leaseLost } = attempt;
    const { id, attempts } = message;
    if (notification === undefined) throw new Error(`there is no notification ${id}`);
    const { type, dueSince } = notification;
    const verdict = verdictOn(result.delivery, result.startedAt, dueSince, this.giveUpAfterMs);
    return { id, type, attempts, verdict, counts: !leaseLost || verdict.status === 'DELIVERED' };
  }

  private reportGivenUp({ id, type, attempts, verdict, counts }: JudgedAttempt): void {
    if (counts && verdict.status === 'FAILED') {
      this.log.error(`notification ${id} ${type} was given up after ${attempts} attempts`);
    }
  }
}

interface JudgedAttempt {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly verdict: Verdict;
  /** An attempt that lost its lease to a later one changes the notification only if it delivered. */
  readonly counts: boolean;
}

function attemptKey({ id, attempts }: Message): AttemptKey {
  return { id, attempt: attempts };
}
