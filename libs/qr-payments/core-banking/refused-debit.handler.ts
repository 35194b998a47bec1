import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { CoreOperations } from '@mpp/core-banking';
import { CoreCredits, type CreditAttempt } from '@mpp/crediting';
import { Clock, customerMoneyDeadline } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { ClockCheck, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';

/** Keyed by the subject of the debit: the payment, or what moves money for a difference. */
const REFUSED_DEBIT_TOPIC = 'coreRefusedDebit';

type Attempt = FinishedAttempt<object, CreditAttempt>;

/**
 * Requests the reversal of a debit that the core refused after an attempt that may have arrived: a core that lost the debit's answer
 * and refuses its repeat may have debited. The payment is DECLINED all the same, a difference stays a claim; a reversal of a debit that was never made gives
 * nothing back. Repeated until the core has made it; a refusal is alerted, and another account of the customer is tried.
 */
@Injectable()
export class RefusedDebitHandler implements OutboxHandler<object, CreditAttempt> {
  readonly topic = REFUSED_DEBIT_TOPIC;

  constructor(
    private readonly settings: Settings,
    private readonly outbox: Outbox,
    private readonly credits: CoreCredits,
    private readonly operations: CoreOperations,
    private readonly clocks: ClockCheck,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      // The customer's accounts, in a recovery an inquiry, and the reversal.
      attemptMs: 3 * settings.CORE_BANKING_TIMEOUT_MS,
      backoff: { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS },
    });
  }

  /** Records the reversals of the debits of these subjects, each before its request, which is sent after the commit. */
  async requestReversals(tx: Tx, subjects: readonly string[], refusedAt: Date): Promise<void> {
    if (subjects.length === 0) return;
    const debits = await this.operations.findDebitsByPayment(tx, subjects);
    for (const id of subjects) {
      const debit = debits.get(id);
      if (debit === undefined) throw new Error(`${id} was refused a debit that was not requested`);
      const { operationId: debitId, ...movement } = debit;
      const { dueAt } = customerMoneyDeadline(
        this.clocks.agreedNow() ?? refusedAt,
        this.settings.REFUND_CREDIT_DEADLINE_MS,
      );
      await this.operations.recordCreditOrder(tx, id, { ...movement, debitId }, debit.coreAccount, dueAt);
      await this.outbox.enqueueMessage(tx, { topic: this.topic, key: id, payload: {} });
    }
  }

  async attempt({ key }: OutboxMessage<object>): Promise<CreditAttempt> {
    return this.credits.attemptReversal(key);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const answers = attempts.flatMap(({ result: attempt }) => {
      if (attempt.kind !== 'requested' || attempt.answer.kind === 'unknown') return [];
      return [{ operationId: attempt.order.operationId, answer: attempt.answer }];
    });
    const news = await this.operations.recordAnswers(tx, answers);
    await this.alerts.raiseAlerts(tx, attempts.flatMap(refusalAlerts));
    await this.alertOverdue(tx, attempts);
    return attempts.map(({ result }) => this.dispositionOf(result, news));
  }

  /** The customer may miss the money for longer than the hour: a person has to look at the core. */
  private async alertOverdue(tx: Tx, attempts: readonly Attempt[]): Promise<void> {
    const subjects = attempts.filter(({ result }) => !isDone(result)).map(({ message }) => message.key);
    const now = this.clock.now();
    for (const operation of await this.operations.findOperationsBySubject(subjects, tx)) {
      const { kind, state, dueAt, reference: subject, customerId } = operation;
      if (kind !== 'REVERSAL' || state === 'DONE' || dueAt === null || dueAt > now) continue;
      await this.alerts.raiseAlerts(tx, [{ kind: 'REVERSAL_OVERDUE', subject, customerId }]);
    }
  }

  private dispositionOf(attempt: CreditAttempt, news: ReadonlySet<string>): Disposition {
    if (attempt.kind === 'no-account') return { kind: 'retry', error: 'no account takes the money', yields: true };
    if (attempt.kind === 'not-requested') return { kind: 'retry', error: attempt.reason };
    if (attempt.kind === 'own-ledger') throw new Error('a debit at a core is not given back in the own ledger');
    const { order, answer, refusedBefore } = attempt;
    if (answer.kind === 'done') {
      // Another attempt has recorded a refusal before, and requested another reversal: the core says of that what it did.
      return news.has(order.operationId) ? { kind: 'done' } : { kind: 'retry', error: 'a later attempt has decided' };
    }
    const isNext = answer.kind === 'refused' && !refusedBefore;
    return { kind: 'retry', error: answer.reason, ...(isNext && { by: this.clock.now() }) };
  }
}

function isDone(attempt: CreditAttempt): boolean {
  return attempt.kind === 'requested' && attempt.answer.kind === 'done';
}

/** The customer may miss the money: a person has to look at the core. */
function refusalAlerts({ result }: Attempt): NewAlert[] {
  if (result.kind !== 'requested' || result.answer.kind !== 'refused') return [];
  const { reference: subject, customerId } = result.order;
  return [{ kind: 'REVERSAL_REFUSED', subject, customerId, details: { reason: result.answer.reason } }];
}
