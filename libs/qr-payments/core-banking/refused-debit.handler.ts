import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type CoreAnswer, CoreBanking, CoreOperations, type CreditOrder } from '@mpp/core-banking';
import { customerMoneyDeadline } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { ClockCheck, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';

/** Keyed by the subject of the debit: the payment, or what moves money for a difference. */
const REFUSED_DEBIT_TOPIC = 'coreRefusedDebit';

/** What the core answered, and the order of the reversal; null if nothing could be requested. */
interface Answered {
  readonly order: CreditOrder | null;
  readonly answer: CoreAnswer;
}

/**
 * Requests the reversal of a debit that the core refused after an attempt that may have arrived: a core that lost the debit's answer
 * and refuses its repeat may have debited. The payment is DECLINED all the same, a difference stays a claim; a reversal of a debit that was never made gives
 * nothing back. Repeated until the core has made it; a refusal is alerted.
 */
@Injectable()
export class RefusedDebitHandler implements OutboxHandler<object, Answered> {
  readonly topic = REFUSED_DEBIT_TOPIC;

  constructor(
    private readonly settings: Settings,
    private readonly outbox: Outbox,
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly clocks: ClockCheck,
    private readonly alerts: Alerts,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      attemptMs: settings.CORE_BANKING_TIMEOUT_MS,
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

  async attempt({ key }: OutboxMessage<object>): Promise<Answered> {
    const core = this.core.external;
    const { open } = await this.operations.findEarlierCredits(key);
    if (core === null || open === null || open.debitId === null) return { order: null, answer: NO_CORE };
    return { order: open, answer: await core.requestReversal({ ...open, debitId: open.debitId }) };
  }

  async settle(tx: Tx, attempts: readonly FinishedAttempt<object, Answered>[]): Promise<Disposition[]> {
    await this.operations.recordAnswers(
      tx,
      attempts.flatMap(({ result: { order, answer } }) =>
        order !== null && answer.kind === 'done' ? [{ operationId: order.operationId, answer }] : [],
      ),
    );
    // The customer may miss the money: a person has to look at the core.
    await this.alerts.raiseAlerts(
      tx,
      attempts.flatMap(({ result: { order, answer } }) =>
        order !== null && answer.kind === 'refused'
          ? [
              {
                ...{ kind: 'REVERSAL_REFUSED' as const, subject: order.reference, customerId: order.customerId },
                details: { reason: answer.reason },
              },
            ]
          : [],
      ),
    );
    return attempts.map(({ result: { answer } }) =>
      answer.kind === 'done' ? { kind: 'done' } : { kind: 'retry', error: answer.reason },
    );
  }
}

const NO_CORE: CoreAnswer = { kind: 'unknown', sent: false, reason: 'CORE_BANKING_URL is no longer set' };
