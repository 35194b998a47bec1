import { Settings } from '@mpp/config';
import type { CustomerAccount } from '@mpp/core-banking';
import type { AccountId, Locale } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { Database, violatedConstraint, type Write } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { DEBIT_TOPIC, type DebitPayload } from '../core-banking/debit-topic.js';
import { debitDeadline } from '../domain/debit.js';
import { NOTIFY_TOPIC } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { notifyPayload } from '../notify/notify-payload.js';
import { PaymentEvents } from '../events/payment-events.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';
import { type DailyLimits, writeDecision, writeRequestedDebit } from '../persistence/decision.statement.js';

/** A payment that is not debited yet, and what has been decided of it. */
export interface Decided {
  readonly before: Payment;
  readonly payment: Payment;
  /** For history: more than the failure says. */
  readonly reason?: string | null;
  /** The account that is debited, if any. */
  readonly from?: AccountId;
  readonly limits?: DailyLimits | null;
}

/** A debit that the outside core is to be asked for. */
export interface RequestedDebit {
  readonly before: Payment;
  readonly payment: Payment;
  readonly account: CustomerAccount;
  readonly limits: DailyLimits | null;
}

/** The written decision. If the caller waits, `settled` is the final payment, or null if it must be read. */
export interface CarriedOut {
  readonly view: PaymentView;
  readonly settled: Promise<PaymentView | null> | null;
}

/** The constraints that refuse a decision because something that it was based on has changed. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  'qr_payments_one_debit',
  'ledger_accounts_no_overdraft',
  'qr_payments_account_usable',
  'qr_payments_daily_limit',
]);

/** Carries out what was decided of a payment that is not debited yet. */
@Injectable()
export class Decisions {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly events: PaymentEvents,
    private readonly outbox: Outbox,
    private readonly watch: PaymentWatch,
    private readonly settings: Settings,
  ) {}

  /**
   * Writes the decision in one statement, with the gateway's event if there is one for the new status, and starts its notify
   * after the commit if it has one. Returns null if the payment changed since it was read; nothing is written and the caller
   * decides again. `waitMs`: how long `settled` waits for the PS, from now on.
   */
  async carryOut(decided: Decided, locale: Locale, waitMs = 0): Promise<CarriedOut | null> {
    const { before, payment, reason = null, from = null, limits = null } = decided;
    const payload =
      payment.notifyResult === null ? null : notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
    const told = payload === null ? '' : `: ${payload.requestId} tells the PS ${payment.notifyResult}`;
    return this.carried(payment, told, waitMs, async (write) => {
      const notify = payload && {
        payload,
        reservation: this.outbox.reserve(write, { topic: NOTIFY_TOPIC, key: payment.id, payload }),
      };
      return writeDecision(write, { before, payment, reason, notify, from, limits });
    });
  }

  /**
   * Writes that the core is to debit, and starts the request after the commit: the payment is DEBITING, whatever the answer.
   * Returns null as {@link carryOut} does. `waitMs`: how long `settled` waits for the payment's end, from now on.
   */
  async ask(
    { before, payment, account, limits }: RequestedDebit,
    locale: Locale,
    waitMs: number,
  ): Promise<CarriedOut | null> {
    const deadline = debitDeadline(payment, this.settings.PAYMENT_TTL_MS).toISOString();
    const payload: DebitPayload = { operationId: payment.id, deadline, locale };
    return this.carried(payment, ': the bank’s core is asked', waitMs, async (write) => {
      const reservation = this.outbox.reserve(write, { topic: DEBIT_TOPIC, key: payment.id, payload });
      return writeRequestedDebit(write, { before, payment, account, limits, reservation, topic: DEBIT_TOPIC, payload });
    });
  }

  private async carried(
    payment: Payment,
    told: string,
    waitMs: number,
    writeTo: (write: Write) => Promise<boolean>,
  ): Promise<CarriedOut | null> {
    const view: PaymentView = { payment, receipt: null };
    let settled: CarriedOut['settled'] = null;
    const work = async (write: Write) => {
      // Registered before the message's attempt is: the caller waits before the payment can be settled.
      write.afterCommit(() => {
        this.log.log(`${payment.id} ${payment.status}${told}`);
        if (waitMs > 0) settled = this.watch.untilFinal(payment.id, waitMs);
        this.watch.changed([view]);
      });
      if (!(await writeTo(write))) throw new PaymentChanged();
    };
    try {
      if (!this.events.concern(payment.status)) await this.database.statement(work);
      else {
        await this.database.transaction(async (tx) => {
          await work(tx);
          await this.events.enqueue(tx, [view]);
        });
      }
    } catch (error) {
      if (error instanceof PaymentChanged || OVERTAKEN.has(violatedConstraint(error) ?? '')) return null;
      throw error;
    }
    return { view, settled };
  }
}

/** The payment is no longer as it was read; nothing was written. */
class PaymentChanged extends Error {}
