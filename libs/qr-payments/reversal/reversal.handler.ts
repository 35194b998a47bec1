import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type CoreAnswer, CoreBanking, CoreOperations } from '@mpp/core-banking';
import { Clock, type PaymentId } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { REVERSAL_TOPIC, type ReversalPayload } from '../changes/reversal-topic.js';
import type { Payment } from '../domain/payment.js';
import { reversedByCore } from '../domain/reversal.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { dueReversalAlerts } from './reversal-alerts.js';

type Attempt = FinishedAttempt<ReversalPayload, CoreAnswer>;

/**
 * Repeats a reversal at the external core until it is done, the earliest deadline first. A refused reversal is repeated too, and
 * alerted: the money belongs to the customer. Source: R11, R16, R21.
 */
@Injectable()
export class ReversalHandler implements OutboxHandler<ReversalPayload, CoreAnswer> {
  readonly topic = REVERSAL_TOPIC;
  private readonly log = new Logger('Payments');

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly payments: PaymentsRepository,
    private readonly changes: PaymentChanges,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      attemptMs: settings.CORE_BANKING_TIMEOUT_MS,
      backoff: { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS },
      deadlineFirst: true,
    });
  }

  async attempt({ key, payload }: OutboxMessage<ReversalPayload>): Promise<CoreAnswer> {
    const core = this.core.external;
    if (core === null) return { kind: 'unknown', sent: false, reason: 'CORE_BANKING_URL is no longer set' };
    return core.requestReversal(await this.operations.getReversal(payload.operationId, key));
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const now = this.clock.now();
    const payments = await this.payments.lockPayments(
      tx,
      attempts.map(({ message }) => message.key as PaymentId),
    );
    const done = attempts.filter(({ result }) => result.kind === 'done');
    const changes = done.flatMap(({ message }) => {
      const before = payments.get(message.key as PaymentId);
      if (before === undefined) throw new Error(`payment ${message.key} does not exist`);
      return before.status === 'REVERSING' ? [{ before, ...reversedByCore(before, now) }] : [];
    });
    // A breach of the deadline is alerted even if no escalation ran in time.
    const late = await this.operations.findReversalsToEscalate(
      tx,
      done.map(({ message }) => message.payload.operationId),
    );
    await this.operations.recordAnswers(
      tx,
      done.flatMap(({ message, result }) =>
        result.kind === 'done' ? [{ operationId: message.payload.operationId, answer: result }] : [],
      ),
    );
    await this.changes.writeChanges(tx, changes);
    await this.alerts.raiseAlerts(tx, [
      ...late.flatMap((reversal) => dueReversalAlerts(reversal, now)),
      ...attempts.flatMap(({ message, result }) => refusalAlert(result, payments.get(message.key as PaymentId))),
    ]);
    tx.afterCommit(() => {
      for (const { before, payment } of changes) this.log.log(`${payment.id} ${before.status} → ${payment.status}`);
    });
    return attempts.map(({ result }) => dispositionOf(result));
  }
}

/** A refused reversal gives up its turn, so that it does not delay the others. */
function dispositionOf(answer: CoreAnswer): Disposition {
  if (answer.kind === 'done') return { kind: 'done' };
  return { kind: 'retry', error: answer.reason, ...(answer.kind === 'refused' && { yields: true }) };
}

/** None for a late refusal of a payment that is already reversed. */
function refusalAlert(answer: CoreAnswer, payment: Payment | undefined): NewAlert[] {
  if (answer.kind !== 'refused' || payment?.status !== 'REVERSING') return [];
  const { id: subject, customerId } = payment;
  return [{ kind: 'REVERSAL_REFUSED', subject, customerId, details: { reason: answer.reason } }];
}
