import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type ExchangeKey, Exchanges, KaspiClient, type KaspiOutcome, type NotifyAnswer } from '@mpp/kaspi';
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
import { Injectable, Logger } from '@nestjs/common';
import { Reversals } from '../reversal/reversal-requests.js';
import { type AnswerDecision, decideAnswer } from '../domain/answer.js';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { can } from '../domain/transitions.js';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { entryOf } from '../posting/payment-entry.js';

type Outcome = KaspiOutcome<NotifyAnswer>;
type Attempt = FinishedAttempt<NotifyPayload, Outcome>;

/** Tells the PS the result of payments until it answers, and settles them by what it says. Source: 4.3, R9 to R12, R35, R36. */
@Injectable()
export class NotifyHandler implements OutboxHandler<NotifyPayload, Outcome> {
  readonly topic = NOTIFY_TOPIC;
  readonly concurrency: number;
  readonly attemptMs: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Payments');
  private readonly inDoubtAfterMs: number;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly kaspi: KaspiClient,
    private readonly exchanges: Exchanges,
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly receipts: Receipts,
    private readonly reversals: Reversals,
    private readonly events: PaymentEvents,
    private readonly alerts: Alerts,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
  ) {
    this.concurrency = settings.NOTIFY_CONCURRENCY;
    this.attemptMs = settings.KASPI_TIMEOUT_MS;
    this.backoff = { baseMs: settings.NOTIFY_RETRY_BASE_MS, maxMs: settings.NOTIFY_RETRY_MAX_MS };
    this.inDoubtAfterMs = settings.IN_DOUBT_AFTER_MS;
    outbox.register(this);
  }

  async recordAttempts(messages: readonly OutboxMessage<NotifyPayload>[]): Promise<void> {
    await this.exchanges.begin(
      messages.map(({ payload, attempts }) => ({
        requestId: payload.requestId,
        attempt: attempts,
        method: 'notifyPayment',
        paymentId: payload.paymentId,
        body: payload.body,
      })),
    );
  }

  /** That there is no purchase is not told once somebody else has paid it: it could undo theirs (R33). */
  async attempt({ payload }: OutboxMessage<NotifyPayload>): Promise<Outcome> {
    const closes = payload.result !== 'SUCCESS';
    if (closes && (await this.payments.isSuperseded(payload.paymentId))) return SUPERSEDED;
    return this.kaspi.notifyPayment(payload);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const payments = await this.payments.lock(
      tx,
      attempts.map(({ message }) => message.payload.paymentId),
    );
    const doubtful = await this.exchanges.afterOneThatMayHaveArrived(tx, attempts.filter(isRefused).map(exchangeOf));
    const decisions = this.decide(attempts, payments, doubtful);
    const changed = decisions.filter(({ decision }) => decision.payment !== null);

    await this.exchanges.end(
      tx,
      attempts.map((attempt) => ({ ...exchangeOf(attempt), outcome: attempt.result })),
    );
    await writeSettled(tx, changed);
    await this.ledger.post(
      tx,
      decisions.flatMap(({ decision, payment }) =>
        decision.posting === null ? [] : entryOf(payment, decision.posting),
      ),
    );
    await this.reversals.ask(
      tx,
      changed.filter(isNews).map(({ payment }) => payment),
    );
    const receipts = new Map(
      (await this.receipts.keep(tx, decisions.flatMap(receiptOf))).map((receipt) => [receipt.paymentId, receipt]),
    );
    const views = changed.map(({ before, payment }) => ({
      before,
      payment,
      receipt: receipts.get(payment.id) ?? null,
    }));
    await this.events.enqueue(tx, views.filter(isNews));
    await this.alerts.raise(tx, decisions.flatMap(alertsOf));
    tx.afterCommit(() => {
      for (const decided of decisions) this.report(decided);
      this.watch.changed(views);
    });
    return decisions.map(({ attempt, decision }) =>
      decision.delivered ? { kind: 'done' } : { kind: 'retry', error: reasonOf(attempt.result) },
    );
  }

  /** A claim that was given back before it left: the PS has not seen this attempt. */
  async recordNotSent(message: OutboxMessage<NotifyPayload>): Promise<void> {
    const key = { requestId: message.payload.requestId, attempt: message.attempts };
    const outcome = { kind: 'not-sent', reason: 'its lease was too nearly over' } as const;
    await this.exchanges.end(this.database, [{ ...key, outcome }]);
  }

  /**
   * An operator may have it told again while that says nothing new: a payment whose money is back is not told as paid, and
   * one that has its receipt has nothing to ask.
   */
  async canRetry(tx: Tx, { key, payload }: OutboxMessageView): Promise<boolean> {
    const payment = (await this.payments.lock(tx, [key as PaymentId])).get(key as PaymentId);
    if (payment === undefined) throw new Error(`message ${(payload as NotifyPayload).requestId} is about no payment`);
    if (payment.notifyResult !== 'SUCCESS') return !(await this.payments.isSuperseded(payment.id));
    if (payment.status !== 'CONFIRMED') return can(payment.status, 'confirmed');
    return payment.contradiction === null && (await this.receipts.of([payment.id])).size === 0;
  }

  private decide(
    attempts: readonly Attempt[],
    payments: ReadonlyMap<PaymentId, Payment>,
    doubtful: ReadonlySet<RequestId>,
  ): Decided[] {
    const now = this.clock.now();
    return attempts.map((attempt) => {
      const { paymentId, requestId } = attempt.message.payload;
      const before = payments.get(paymentId);
      if (before === undefined) throw new Error(`payment ${paymentId} does not exist`);
      const heard = {
        resultCode: attempt.result.kind === 'answered' ? attempt.result.resultCode : null,
        afterOneThatMayHaveArrived: doubtful.has(requestId),
        overtaken: attempt.leaseLost,
        superseded: attempt.result === SUPERSEDED,
        attempts: attempt.message.attempts,
      };
      const decision = decideAnswer(before, heard, this.inDoubtAfterMs, now);
      return { attempt, before, decision, payment: decision.payment ?? before };
    });
  }

  private report({ attempt, before, decision, payment }: Decided): void {
    const said = reasonOf(attempt.result);
    const change = `${before.id} ${before.status} → ${payment.status} (${said})`;
    if (decision.contradiction) {
      this.log.error(`${before.id} is ${before.status}, and the PS says ${said}: a difference to be found out`);
    } else if (payment.status === 'IN_DOUBT' && decision.payment !== null) {
      this.log.error(`${change}: debited, and no clear answer for too long`);
    } else if (decision.payment !== null) {
      this.log.log(change);
    }
  }
}

/** What comes of an attempt that was not made. */
const SUPERSEDED: Outcome = { kind: 'not-sent', reason: 'somebody else has paid the purchase' };

interface Decided {
  readonly attempt: Attempt;
  readonly before: Payment;
  readonly decision: AnswerDecision;
  /** As it is after the decision. */
  readonly payment: Payment;
}

/** A contradiction changes a payment, and not how it stands. */
function isNews({ before, payment }: { before: Payment; payment: Payment }): boolean {
  return before.status !== payment.status;
}

function alertsOf({ before, decision, payment }: Decided): NewAlert[] {
  const about = { subject: payment.id, customerId: payment.customerId };
  if (decision.contradiction) return [{ kind: 'PAYMENT_CONTRADICTED', ...about }];
  const doubted = payment.status === 'IN_DOUBT' && before.status !== 'IN_DOUBT';
  return doubted ? [{ kind: 'PAYMENT_IN_DOUBT', ...about }] : [];
}

function isRefused({ result }: Attempt): boolean {
  return result.kind === 'answered' && result.resultCode !== 'SUCCESS';
}

function exchangeOf({ message }: Attempt): ExchangeKey {
  return { requestId: message.payload.requestId, attempt: message.attempts };
}

/** A SUCCESS brings its receipt, also to a payment that was confirmed in another way before (R19). */
function receiptOf({ attempt, payment }: Decided): (NotifyAnswer & { paymentId: PaymentId })[] {
  const { result } = attempt;
  if (result.kind !== 'answered' || result.answer === null || payment.status !== 'CONFIRMED') return [];
  if (result.answer.linkReceipt === null && result.answer.pdfReceipt === null) return [];
  return [{ ...result.answer, paymentId: payment.id }];
}

function reasonOf(outcome: Outcome): string {
  return outcome.kind === 'answered' ? outcome.resultCode : outcome.reason;
}
