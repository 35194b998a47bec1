import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type CoreAnswer, CoreBanking, CoreRecord } from '@mpp/core-banking';
import { Clock, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { reversedByCore } from '../domain/reversal.js';
import type { Payment } from '../domain/payment.js';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { entryOf } from '../posting/payment-entry.js';
import { overdueAlerts } from './reversal-alerts.js';
import { REVERSAL_TOPIC, type ReversalPayload } from '../core-banking/debit-topic.js';

type Attempt = FinishedAttempt<ReversalPayload, CoreAnswer>;

/**
 * Asks the outside core to give a debit back until it has, those first whose hour ends first. A core that refuses is asked
 * again, and people hear of it: the money is the customer's. Source: R11, R16, R21.
 */
@Injectable()
export class ReversalHandler implements OutboxHandler<ReversalPayload, CoreAnswer> {
  readonly topic = REVERSAL_TOPIC;
  readonly deadlineFirst = true;
  readonly concurrency: number;
  readonly attemptMs: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Payments');

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly record: CoreRecord,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly events: PaymentEvents,
    private readonly alerts: Alerts,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
  ) {
    this.concurrency = settings.CORE_BANKING_CONCURRENCY;
    this.attemptMs = settings.CORE_BANKING_TIMEOUT_MS;
    this.backoff = { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS };
    outbox.register(this);
  }

  async attempt({ key, payload }: OutboxMessage<ReversalPayload>): Promise<CoreAnswer> {
    const core = this.core.outside;
    if (core === null) return { kind: 'unknown', sent: false, reason: 'there is no CORE_BANKING_URL any more' };
    return core.reverse(await this.record.reversal(payload.operationId, key));
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const payments = await this.payments.lock(
      tx,
      attempts.map(({ message }) => message.key as PaymentId),
    );
    const done = attempts.filter(({ result }) => result.kind === 'done');
    const changes = done.flatMap(({ message }) => {
      const before = payments.get(message.key as PaymentId);
      if (before === undefined) throw new Error(`payment ${message.key} does not exist`);
      return before.status === 'REVERSING'
        ? [{ before, ...reversedByCore(before, this.clock.now()), receipt: null }]
        : [];
    });
    // Too late is too late, also where nobody looked in between.
    const late = await this.record.escalating(
      tx,
      done.map(({ message }) => message.payload.operationId),
    );
    await this.record.answer(
      tx,
      done.flatMap(({ message, result }) =>
        result.kind === 'done' ? [{ operationId: message.payload.operationId, answer: result }] : [],
      ),
    );
    await writeSettled(tx, changes);
    await this.ledger.post(
      tx,
      changes.flatMap(({ payment, posting }) => (posting === null ? [] : entryOf(payment, posting))),
    );
    await this.events.enqueue(tx, changes);
    const now = this.clock.now();
    await this.alerts.raise(tx, [
      ...late.flatMap((reversal) => overdueAlerts(reversal, now)),
      ...attempts.flatMap(({ message, result }) => alertOf(result, payments.get(message.key as PaymentId))),
    ]);
    tx.afterCommit(() => {
      for (const { before, payment } of changes) this.log.log(`${payment.id} ${before.status} → ${payment.status}`);
      this.watch.changed(changes);
    });
    return attempts.map(({ result }) => dispositionOf(result));
  }
}

/** Other reversals must not wait for one that the core refuses. */
function dispositionOf(answer: CoreAnswer): Disposition {
  if (answer.kind === 'done') return { kind: 'done' };
  return { kind: 'retry', error: answer.reason, ...(answer.kind === 'refused' && { yields: true }) };
}

/** A refusal that comes after it was given back says nothing any more. */
function alertOf(answer: CoreAnswer, payment: Payment | undefined): NewAlert[] {
  if (answer.kind !== 'refused' || payment?.status !== 'REVERSING') return [];
  const { id: subject, customerId } = payment;
  return [{ kind: 'REVERSAL_REFUSED', subject, customerId, details: { reason: answer.reason } }];
}
