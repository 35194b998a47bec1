import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type CallKey, CallLog, KaspiClient, type KaspiOutcome, type NotifyAnswer } from '@mpp/kaspi';
import { Clock, type PaymentId, type RequestId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import {
  type Disposition,
  type FinishedAttempt,
  Outbox,
  type OutboxHandler,
  type OutboxMessage,
  type OutboxMessageView,
} from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { type AnswerDecision, decideAnswer } from '../domain/answer.js';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import { notifyBackoff } from '../domain/notify-retry-policy.js';
import type { Payment } from '../domain/payment.js';
import { can } from '../domain/transitions.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { ForgottenReversals } from '../reversal/forgotten-reversals.service.js';

type Outcome = KaspiOutcome<NotifyAnswer>;
type Attempt = FinishedAttempt<NotifyPayload, Outcome>;

/** Sends the result of payments to the PS until it answers, and settles them by its answers. Source: 4.3, R9 to R12, R35, R36. */
@Injectable()
export class NotifyHandler implements OutboxHandler<NotifyPayload, Outcome> {
  readonly topic = NOTIFY_TOPIC;
  /** A debited payment becomes IN_DOUBT (R12), which an operator can settle. */
  readonly unrecorded: Outcome = { kind: 'unknown', reason: 'the answer could not be recorded' };
  private readonly log = new Logger('Payments');
  private readonly inDoubtAfterMs: number;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly kaspi: KaspiClient,
    private readonly callLog: CallLog,
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly changes: PaymentChanges,
    private readonly receipts: Receipts,
    private readonly alerts: Alerts,
    private readonly ledger: Ledger,
    private readonly recovery: Recovery,
    private readonly forgottenReversals: ForgottenReversals,
    private readonly clock: Clock,
  ) {
    this.inDoubtAfterMs = settings.IN_DOUBT_AFTER_MS;
    outbox.register(this, {
      concurrency: settings.NOTIFY_CONCURRENCY,
      attemptMs: settings.KASPI_TIMEOUT_MS,
      backoff: notifyBackoff(settings),
    });
  }

  async recordAttempts(messages: readonly OutboxMessage<NotifyPayload>[]): Promise<void> {
    await this.callLog.recordCalls(
      messages.map(({ payload, attempts }) => ({
        requestId: payload.requestId,
        attempt: attempts,
        method: 'notifyPayment',
        paymentId: payload.paymentId,
        body: payload.body,
      })),
    );
  }

  async attempt({ payload }: OutboxMessage<NotifyPayload>): Promise<Outcome> {
    // The PS could take the payment now, and the customer would have the purchase and the money.
    if (payload.result === 'SUCCESS' && (await this.forgottenReversals.mayBeGivenBack(payload.paymentId)))
      return GIVEN_BACK;
    return this.kaspi.notifyPayment(payload);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const payments = await this.payments.lockPayments(
      tx,
      attempts.map(({ message }) => message.payload.paymentId),
    );
    const doubtful = await this.callLog.findRequestsWithUnknownAttempts(tx, attempts.filter(isRefused).map(callKey));
    const decided = this.decide(attempts, payments, doubtful);
    await this.callLog.recordOutcomes(
      tx,
      attempts.map((attempt) => ({ ...callKey(attempt), outcome: attempt.result })),
    );
    const saved = await this.receipts.saveReceipts(tx, decided.flatMap(receiptOf));
    const receipts = new Map(saved.map((receipt) => [receipt.paymentId, receipt]));
    const written = await this.changes.writeChanges(
      tx,
      decided.flatMap(({ before, decision: { payment, posting } }) =>
        payment === null ? [] : [{ before, payment, posting, receipt: receipts.get(payment.id) ?? null }],
      ),
    );
    await this.alerts.raiseAlerts(tx, decided.flatMap(doubtAlerts));
    tx.afterCommit(() => {
      for (const each of decided) this.logDecision({ ...each, payment: written.get(each.before.id) ?? each.payment });
    });
    return decided.map(({ attempt, decision }) =>
      decision.delivered ? { kind: 'done' } : { kind: 'retry', error: reasonOf(attempt.result) },
    );
  }

  async recordNotSent(message: OutboxMessage<NotifyPayload>): Promise<void> {
    const key = { requestId: message.payload.requestId, attempt: message.attempts };
    const outcome = { kind: 'not-sent', reason: 'the lease ended too soon for an attempt' } as const;
    await this.callLog.recordOutcomes(this.database, [{ ...key, outcome }]);
  }

  /**
   * An operator may repeat a notify as long as it cannot be wrong: SUCCESS is not repeated after a reversal or for a payment that is not
   * owed any more, and not needed once the receipt is there.
   */
  async canRetry(tx: Tx, { key, payload }: OutboxMessageView): Promise<boolean> {
    const payment = (await this.payments.lockPayments(tx, [key as PaymentId])).get(key as PaymentId);
    if (payment === undefined) throw new Error(`message ${(payload as NotifyPayload).requestId} has no payment`);
    if (payment.notifyResult !== 'SUCCESS') return true;
    if (payment.status !== 'CONFIRMED') return can(payment.status, 'confirmed');
    if (((await this.ledger.readOwed(tx, [payment.id])).get(payment.id) ?? 0n) <= 0n) return false;
    return payment.contradiction === null && (await this.receipts.findByPayments([payment.id])).size === 0;
  }

  private decide(
    attempts: readonly Attempt[],
    payments: ReadonlyMap<PaymentId, Payment>,
    doubtful: ReadonlySet<RequestId>,
  ): DecidedNotify[] {
    const now = this.clock.now();
    return attempts.map((attempt) => {
      const { message, result, leaseLost } = attempt;
      const { paymentId, requestId } = message.payload;
      const before = payments.get(paymentId);
      if (before === undefined) throw new Error(`payment ${paymentId} does not exist`);
      const outcome = {
        resultCode: result.kind === 'answered' ? result.resultCode : null,
        afterUnknownAttempt: doubtful.has(requestId) || this.recovery.wasRestored(before),
        hasReceipt: bringsReceipt(result),
        receiptRequired: this.recovery.mayForgetResultBefore(before),
        leaseLost,
        attempts: message.attempts,
      };
      const decision = decideAnswer(before, outcome, this.inDoubtAfterMs, now);
      return { attempt, before, decision, payment: decision.payment ?? before };
    });
  }

  private logDecision({ attempt, before, decision, payment }: DecidedNotify): void {
    const reason = reasonOf(attempt.result);
    const change = `${before.id} ${before.status} → ${payment.status} (${reason})`;
    if (decision.contradiction) {
      this.log.error(`${before.id} is ${before.status}, and the PS answers ${reason}: a contradiction`);
    } else if (payment.status === 'IN_DOUBT' && decision.payment !== null) {
      this.log.error(`${change}: debited, and no clear answer for too long`);
    } else if (payment.status === 'REVERSING' && payment.debitRequestedAt === null) {
      this.log.error(`${change}: no account of the customer takes the money, it is in suspense`);
    } else if (decision.payment !== null) {
      this.log.log(change);
    }
  }
}

const GIVEN_BACK: Outcome = { kind: 'not-sent', reason: 'the core may have given the debit back before the restore' };

interface DecidedNotify {
  readonly attempt: Attempt;
  readonly before: Payment;
  readonly decision: AnswerDecision;
  /** After the decision. */
  readonly payment: Payment;
}

function doubtAlerts({ before, decision, payment }: DecidedNotify): NewAlert[] {
  const about = { subject: payment.id, customerId: payment.customerId };
  if (decision.contradiction) return [{ kind: 'PAYMENT_CONTRADICTED', ...about }];
  const doubted = payment.status === 'IN_DOUBT' && before.status !== 'IN_DOUBT';
  return doubted ? [{ kind: 'PAYMENT_IN_DOUBT', ...about }] : [];
}

function isRefused({ result }: Attempt): boolean {
  return result.kind === 'answered' && result.resultCode !== 'SUCCESS';
}

function callKey({ message }: Attempt): CallKey {
  return { requestId: message.payload.requestId, attempt: message.attempts };
}

/** The receipt in a SUCCESS, also for a payment that was confirmed otherwise before (R19). */
function receiptOf({ attempt, payment }: DecidedNotify): (NotifyAnswer & { paymentId: PaymentId })[] {
  const { result } = attempt;
  if (result.kind !== 'answered' || result.answer === null || payment.status !== 'CONFIRMED') return [];
  if (!bringsReceipt(result)) return [];
  return [{ ...result.answer, paymentId: payment.id }];
}

function bringsReceipt(outcome: Outcome): boolean {
  if (outcome.kind !== 'answered' || outcome.answer === null) return false;
  return outcome.answer.linkReceipt !== null || outcome.answer.pdfReceipt !== null;
}

function reasonOf(outcome: Outcome): string {
  return outcome.kind === 'answered' ? outcome.resultCode : outcome.reason;
}
