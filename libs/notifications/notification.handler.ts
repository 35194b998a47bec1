import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type Delivery, heard, NOTIFICATION_TOPIC, type Verdict, verdictOn } from './domain/notification.js';
import { Gateway } from './gateway.js';
import { NotificationMetrics } from './notification-metrics.js';
import { type AttemptKey, beginAttempts, endAttempts } from './persistence/attempts.statement.js';
import {
  type LockedNotification,
  lockNotifications,
  renew,
  selectNotification,
  writeVerdicts,
} from './persistence/notifications.statement.js';

/** The body lies with the notification, which has the message's id. */
type Payload = Record<string, never>;
type Message = OutboxMessage<Payload>;

interface Result {
  readonly startedAt: Date;
  readonly delivery: Delivery;
}

/** Tells the gateway of each event until it answers 2xx, for so long; then it is given up, and operators are told. */
@Injectable()
export class NotificationHandler implements OutboxHandler<Payload, Result> {
  readonly topic = NOTIFICATION_TOPIC;
  readonly concurrency: number;
  readonly attemptMs: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Notifications');
  private readonly url: string | undefined;
  private readonly giveUpAfterMs: number;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly gateway: Gateway,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly metrics: NotificationMetrics,
  ) {
    this.url = settings.NOTIFICATION_URL;
    this.concurrency = settings.NOTIFICATION_CONCURRENCY;
    this.attemptMs = settings.NOTIFICATION_TIMEOUT_MS;
    this.backoff = { baseMs: settings.NOTIFICATION_RETRY_BASE_MS, maxMs: settings.NOTIFICATION_RETRY_MAX_MS };
    this.giveUpAfterMs = settings.NOTIFICATION_GIVE_UP_AFTER_MS;
    // Without a gateway, what was enqueued while there was one waits until there is one again.
    if (this.url !== undefined) outbox.register(this);
  }

  async recordAttempts(messages: readonly Message[]): Promise<void> {
    await beginAttempts(this.database, messages.map(keyOf), this.clock.now());
  }

  async attempt({ id }: Message): Promise<Result> {
    if (this.url === undefined) throw new Error('NOTIFICATION_URL is not set');
    const startedAt = this.clock.now();
    const notification = await selectNotification(this.database, id);
    if (notification === null) throw new Error(`there is no notification ${id}`);
    const started = performance.now();
    const delivery = await this.gateway.send(this.url, id, notification.body);
    this.metrics.count(delivery);
    this.log.log(`${id} ${notification.type} ${heard(delivery)} ${Math.round(performance.now() - started)} ms`);
    return { startedAt, delivery };
  }

  async settle(tx: Tx, attempts: readonly FinishedAttempt<Payload, Result>[]): Promise<Disposition[]> {
    const notifications = await lockNotifications(
      tx,
      attempts.map(({ message }) => message.id),
    );
    const decisions = attempts.map((attempt) => this.decide(attempt, notifications.get(attempt.message.id)));
    const now = this.clock.now();
    await endAttempts(
      tx,
      attempts.map(({ message, result }) => ({ ...keyOf(message), delivery: result.delivery })),
      now,
    );
    await writeVerdicts(
      tx,
      decisions.filter(({ counts }) => counts),
      now,
    );
    tx.afterCommit(() => {
      for (const decided of decisions) this.report(decided);
    });
    return decisions.map(({ counts, verdict }) => {
      if (verdict.status === 'PENDING') return { kind: 'retry', error: verdict.error, by: verdict.by };
      // The failure of an attempt that lost its lease ends nothing: another attempt is under way, or was made.
      return verdict.status === 'FAILED' && !counts ? { kind: 'retry', error: verdict.error } : { kind: 'done' };
    });
  }

  /** The gateway has not seen this attempt. */
  async recordNotSent(message: Message): Promise<void> {
    const delivery = { outcome: 'NO_ANSWER', error: 'not sent: its lease was too nearly over' } as const;
    await endAttempts(this.database, [{ ...keyOf(message), delivery }], this.clock.now());
  }

  /** Always: a gateway that has it already knows it by its id. */
  async canRetry(): Promise<boolean> {
    return true;
  }

  async onRetry(tx: Tx, { id }: { readonly id: string }): Promise<void> {
    await renew(tx, id, this.clock.now());
  }

  private decide(attempt: FinishedAttempt<Payload, Result>, notification: LockedNotification | undefined): Decided {
    const { message, result, leaseLost } = attempt;
    const { id, attempts } = message;
    if (notification === undefined) throw new Error(`there is no notification ${id}`);
    const { type, dueSince } = notification;
    const verdict = verdictOn(result.delivery, result.startedAt, dueSince, this.giveUpAfterMs);
    return { id, type, attempts, verdict, counts: !leaseLost || verdict.status === 'DELIVERED' };
  }

  private report({ id, type, attempts, verdict, counts }: Decided): void {
    if (counts && verdict.status === 'FAILED') {
      this.log.error(`notification ${id} ${type} was given up after ${attempts} attempts`);
    }
  }
}

interface Decided {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly verdict: Verdict;
  /** The result of an attempt that lost its lease only counts if it was delivered. */
  readonly counts: boolean;
}

function keyOf({ id, attempts }: Message): AttemptKey {
  return { id, attempt: attempts };
}
