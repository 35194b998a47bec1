import { Settings } from '@mpp/config';
import type { CustomerAccount } from '@mpp/core-banking';
import { type AccountId, DomainError, type Locale } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { Database, Stopping, violatedConstraint, type Write } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { DEBIT_TOPIC, type DebitPayload, debitOperationId } from '../core-banking/debit-topic.js';
import { debitDeadline } from '../domain/debit.js';
import { NOTIFY_TOPIC } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { PaymentEvents } from '../events/payment-events.js';
import { notifyPayload } from '../notify/notify-payload.js';
import { type DailyLimits, writeDecision, writeRequestedDebit } from '../persistence/decision.statement.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';

/** A decision about a payment that is not debited yet. */
export interface PaymentDecision {
  readonly before: Payment;
  readonly payment: Payment;
  /** For the history, if the failure code is not specific enough. */
  readonly reason?: string | null;
  /** The account to debit, if any. */
  readonly from?: AccountId;
  readonly limits?: DailyLimits | null;
}

/** A debit that will be requested from the external core. */
export interface RequestedDebit {
  readonly before: Payment;
  readonly payment: Payment;
  readonly account: CustomerAccount;
  readonly limits: DailyLimits | null;
}

/** The written decision. If the caller waits, `settled` is the final payment, or null if it must be read. */
export interface WrittenDecision {
  readonly view: PaymentView;
  readonly settled: Promise<PaymentView | null> | null;
}

/** Constraints that refuse a decision because the facts behind it have changed. */
const FACTS_CHANGED: ReadonlySet<string> = new Set([
  'qr_payments_one_result',
  'ledger_accounts_no_overdraft',
  'ledger_accounts_open',
  'qr_payments_account_usable',
  'qr_payments_daily_limit',
]);

/** Writes decisions about payments that are not debited yet: the money path of confirm and cancel. */
@Injectable()
export class DecisionWriter {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly events: PaymentEvents,
    private readonly outbox: Outbox,
    private readonly watch: PaymentWatch,
    private readonly stopping: Stopping,
    private readonly settings: Settings,
  ) {}

  /**
   * Writes the decision in one statement, with the gateway's event if there is one for the new status, and sends its notify
   * after the commit if it has one. Returns null if the payment changed since it was read; nothing is written and the caller
   * decides again. `waitMs`: how long `settled` waits for the PS.
   */
  async writeDecision(decision: PaymentDecision, locale: Locale, waitMs = 0): Promise<WrittenDecision | null> {
    const { before, payment, reason = null, from = null, limits = null } = decision;
    const payload =
      payment.notifyResult === null ? null : notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
    const logged = payload === null ? '' : `: notify ${payment.notifyResult} as ${payload.requestId}`;
    return this.writeOnce(payment, logged, waitMs, async (write) => {
      if (from !== null) this.requireRunning();
      const notify = payload && {
        payload,
        reservation: this.outbox.reserveAttempt(write, { topic: NOTIFY_TOPIC, key: payment.id, payload }),
      };
      return writeDecision(write, { before, payment, reason, notify, from, limits });
    });
  }

  /**
   * Writes that the payment is DEBITING, and requests the debit from the core after the commit. Returns null as
   * {@link writeDecision} does. `waitMs`: how long `settled` waits for the final payment.
   */
  async requestDebit(debit: RequestedDebit, locale: Locale, waitMs: number): Promise<WrittenDecision | null> {
    const { payment } = debit;
    const deadline = debitDeadline(payment, this.settings.PAYMENT_TTL_MS).toISOString();
    const payload: DebitPayload = { operationId: debitOperationId(payment), deadline, locale };
    return this.writeOnce(payment, ': debit requested from the core', waitMs, async (write) => {
      this.requireRunning();
      const reservation = this.outbox.reserveAttempt(write, { topic: DEBIT_TOPIC, key: payment.id, payload });
      return writeRequestedDebit(write, { ...debit, reservation, topic: DEBIT_TOPIC, payload });
    });
  }

  /** In the same step as the attempt is reserved: a process that stops would debit, and leave the PS untold until another one finds it. */
  private requireRunning(): void {
    if (this.stopping.begun) throw new DomainError('SERVICE_UNAVAILABLE');
  }

  private async writeOnce(
    payment: Payment,
    logged: string,
    waitMs: number,
    writeTo: (write: Write) => Promise<boolean>,
  ): Promise<WrittenDecision | null> {
    const view: PaymentView = { payment, receipt: null };
    let settled: WrittenDecision['settled'] = null;
    const work = async (write: Write) => {
      // Registered before the message's attempt is: the caller waits before the payment can be settled.
      write.afterCommit(() => {
        this.log.log(`${payment.id} ${payment.status}${logged}`);
        if (waitMs > 0) settled = this.watch.untilFinal(payment.id, waitMs);
        this.watch.notifyChanged([view]);
      });
      if (!(await writeTo(write))) throw new PaymentChanged();
    };
    try {
      if (!this.events.hasEvent(payment.status)) await this.database.statement(work);
      else {
        await this.database.transaction(async (tx) => {
          await work(tx);
          await this.events.enqueueEvents(tx, [view]);
        });
      }
    } catch (error) {
      if (error instanceof PaymentChanged || FACTS_CHANGED.has(violatedConstraint(error) ?? '')) return null;
      throw error;
    }
    return { view, settled };
  }
}

/** The payment changed since it was read; nothing was written. */
class PaymentChanged extends Error {}
