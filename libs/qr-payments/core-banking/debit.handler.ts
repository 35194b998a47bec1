import { Settings } from '@mpp/config';
import { type AnsweredOperation, type CoreAnswer, CoreBanking, CoreOperations } from '@mpp/core-banking';
import { addMilliseconds, Clock, type PaymentId } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { type DebitDecision, decideDebit } from '../domain/debit.js';
import type { Payment } from '../domain/payment.js';
import { NotifyRequests } from '../notify/notify-requests.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { DEBIT_TOPIC, type DebitPayload } from './debit-topic.js';
import { RefusedDebitHandler } from './refused-debit.handler.js';

type Attempt = FinishedAttempt<DebitPayload, CoreAnswer>;

interface DecidedDebit {
  readonly attempt: Attempt;
  readonly before: Payment;
  readonly decision: DebitDecision;
}

/**
 * Requests a debit from the external core until its outcome is known: repeats it under the operation's id, and inquires. The
 * outcome decides, once, what the PS receives. Source: R15, R16.
 */
@Injectable()
export class DebitHandler implements OutboxHandler<DebitPayload, CoreAnswer> {
  readonly topic = DEBIT_TOPIC;
  /** After its deadline the debit is given back (R16). */
  readonly unrecorded: CoreAnswer = { kind: 'unknown', sent: true, reason: 'the answer could not be recorded' };
  private readonly log = new Logger('Payments');

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly payments: PaymentsRepository,
    private readonly changes: PaymentChanges,
    private readonly notifies: NotifyRequests,
    private readonly refused: RefusedDebitHandler,
    private readonly recovery: Recovery,
    private readonly clock: Clock,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      // An inquiry and a debit.
      attemptMs: 2 * settings.CORE_BANKING_TIMEOUT_MS,
      backoff: { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS },
    });
  }

  async attempt(message: OutboxMessage<DebitPayload>): Promise<CoreAnswer> {
    const { key, payload } = message;
    const core = this.core.external;
    if (core === null) return NO_CORE;
    const late = this.clock.now() > new Date(payload.deadline);
    // An earlier attempt may have been executed, and forgotten in a recovery. After the deadline no debit is started any more.
    if (late || this.mayHaveArrivedBefore(message)) {
      const outcome = await core.findOutcome(payload.operationId);
      if (outcome.kind === 'done' || outcome.kind === 'refused') return outcome;
      if (late) return outcome.kind === 'unknown' ? outcome : NEVER_SENT;
    }
    const movement = await this.operations.findDebit(key);
    if (movement === null) throw new Error(`the debit of payment ${key} is not recorded`);
    return core.requestDebit(movement);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const payments = await this.payments.lockPayments(
      tx,
      attempts.map(({ message }) => message.key as PaymentId),
    );
    const decided = attempts.map((attempt) => this.decide(attempt, payments));
    const changes = decided.flatMap(({ attempt, before, decision: { payment, posting } }) =>
      payment === null ? [] : [{ attempt, before, payment, posting }],
    );
    await this.operations.recordAnswers(tx, decided.flatMap(answeredOf));
    await this.changes.writeChanges(tx, changes);
    await this.notifies.enqueueNotifies(
      tx,
      changes.map(({ attempt, payment }) => ({ payment, locale: attempt.message.payload.locale })),
    );
    await this.refused.requestReversals(
      tx,
      changes.flatMap(({ attempt, payment }) =>
        payment.status === 'DECLINED' && this.mayHaveArrivedBefore(attempt.message) ? [payment.id] : [],
      ),
      this.clock.now(),
    );
    tx.afterCommit(() => {
      for (const { attempt, before, payment } of changes) this.logChange(before, payment, reasonOf(attempt.result));
    });
    return decided.map(({ attempt, before, decision }) =>
      decision.payment === null && before.status === 'DEBITING'
        ? { kind: 'retry', error: reasonOf(attempt.result), ...this.decidedBy(before, attempt.message.payload) }
        : { kind: 'done' },
    );
  }

  /** A payment that is no longer DEBITING was decided by another attempt. */
  private decide(attempt: Attempt, payments: ReadonlyMap<PaymentId, Payment>): DecidedDebit {
    const { key, payload } = attempt.message;
    const before = payments.get(key as PaymentId);
    if (before === undefined) throw new Error(`payment ${key} does not exist`);
    const decision =
      before.status === 'DEBITING'
        ? decideDebit(before, attempt.result, this.deadlineOf(before, payload), this.clock.now())
        : DECIDED_BEFORE;
    return { attempt, before, decision };
  }

  /** An earlier attempt; in a recovery it may be forgotten. */
  private mayHaveArrivedBefore({ attempts }: OutboxMessage<DebitPayload>): boolean {
    return attempts > 1 || this.recovery.active;
  }

  /** Null in a recovery that covers the payment: no deadline reverses (R39). */
  private deadlineOf(payment: Payment, { deadline }: DebitPayload): Date | null {
    return this.recovery.covers(payment) ? null : new Date(deadline);
  }

  /** After the deadline the payment is decided without an answer. */
  private decidedBy(payment: Payment, payload: DebitPayload): { readonly by?: Date } {
    const deadline = this.deadlineOf(payment, payload);
    return deadline === null ? {} : { by: addMilliseconds(deadline, 1) };
  }

  private logChange(before: Payment, payment: Payment, reason: string): void {
    const line = `${payment.id} ${before.status} → ${payment.status} (${reason}): notify ${payment.notifyResult}`;
    if (payment.status === 'REVERSING') this.log.warn(`${line}, the debit was not known in time`);
    else this.log.log(line);
  }
}

const NO_CORE: CoreAnswer = { kind: 'unknown', sent: false, reason: 'CORE_BANKING_URL is no longer set' };
const NEVER_SENT: CoreAnswer = { kind: 'unknown', sent: false, reason: 'the debit was not requested in time' };
const DECIDED_BEFORE: DebitDecision = { payment: null, posting: null, operation: null };

function answeredOf({ attempt, decision: { operation } }: DecidedDebit): AnsweredOperation[] {
  const { operationId } = attempt.message.payload;
  const { result } = attempt;
  if (operation === null) return [];
  if (operation === 'abandoned' || result.kind === 'unknown') return [{ operationId, answer: { kind: 'abandoned' } }];
  return [{ operationId, answer: result }];
}

function reasonOf(answer: CoreAnswer): string {
  return answer.kind === 'done' ? 'debited' : answer.reason;
}
