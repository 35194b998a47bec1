import { Settings } from '@mpp/config';
import type { CustomerAccount } from '@mpp/core-banking';
import type { AccountId, Locale } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { Database, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { DEBIT_TOPIC, type DebitPayload } from './core/topics.js';
import { debitDeadline } from './domain/debit.js';
import { NOTIFY_TOPIC } from './domain/notify.js';
import type { Payment } from './domain/payment.js';
import { notifyPayload } from './notify/payload.js';
import { PaymentEvents } from './payment-events.js';
import { type PaymentView, PaymentWatch } from './payment-watch.js';
import {
  type DailyLimits,
  type DecisionWrite,
  writeDecision,
  writeRequestedDebit,
} from './persistence/decision.statement.js';

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

/** Written. Where the caller waits: `settled` is the final payment, or null where it must be read. */
export interface CarriedOut {
  readonly view: PaymentView;
  readonly settled: Promise<PaymentView | null> | null;
}

/** What the database says of a decision that somebody else was quicker than: it is taken anew. */
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
   * Writes the decision in one statement, with the gateway's event where it hears of one, and lets its notify leave, if it has one. Null where somebody else was quicker:
   * nothing was written then, and the decision is to be taken anew. `waitMs`: how long to wait for the PS, from now on.
   */
  async carryOut(decided: Decided, locale: Locale, waitMs = 0): Promise<CarriedOut | null> {
    const { before, payment, reason = null, from = null, limits = null } = decided;
    if (payment.notifyResult === null) {
      const written = await this.write({ before, payment, reason, notify: null, from, limits });
      if (!written) return null;
      this.log.log(`${payment.id} ${payment.status}`);
      return { view: this.shown(payment), settled: null };
    }
    const payload = notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
    const birth = this.outbox.claimAtBirth(NOTIFY_TOPIC);
    let written = false;
    try {
      written = await this.write({ before, payment, reason, notify: { birth, payload }, from, limits });
    } finally {
      if (!written) this.outbox.abandon(NOTIFY_TOPIC, birth);
    }
    if (!written) return null;
    this.log.log(`${payment.id} ${payment.status}: ${payload.requestId} tells the PS ${payment.notifyResult}`);
    // Whoever is to be told when it is settled must wait before it can be.
    const settled = waitMs === 0 ? null : this.watch.untilFinal(payment.id, waitMs);
    const view = this.shown(payment);
    this.outbox.dispatch(NOTIFY_TOPIC, birth, payment.id, payload);
    return { view, settled };
  }

  /**
   * Writes that the core is to debit, and lets the question leave: the payment is DEBITING, whatever comes of it. Null where
   * somebody else was quicker. `waitMs`: how long to wait for the payment's end, from now on.
   */
  async ask(
    { before, payment, account, limits }: RequestedDebit,
    locale: Locale,
    waitMs: number,
  ): Promise<CarriedOut | null> {
    const deadline = debitDeadline(payment, this.settings.PAYMENT_TTL_MS).toISOString();
    const payload: DebitPayload = { operationId: payment.id, deadline, locale };
    const birth = this.outbox.claimAtBirth(DEBIT_TOPIC);
    let written = false;
    try {
      written = await this.unlessOvertaken(() =>
        writeRequestedDebit(this.database, { before, payment, account, limits, birth, topic: DEBIT_TOPIC, payload }),
      );
    } finally {
      if (!written) this.outbox.abandon(DEBIT_TOPIC, birth);
    }
    if (!written) return null;
    this.log.log(`${payment.id} ${payment.status}: the bank’s core is asked`);
    const settled = waitMs === 0 ? null : this.watch.untilFinal(payment.id, waitMs);
    const view = this.shown(payment);
    this.outbox.dispatch(DEBIT_TOPIC, birth, payment.id, payload);
    return { view, settled };
  }

  /** False where the statement's guard, or the database's, says that the decision no longer stands. */
  private async write(decided: DecisionWrite): Promise<boolean> {
    return this.unlessOvertaken(() => {
      if (!this.events.concern(decided.payment.status)) return writeDecision(this.database, decided);
      return this.database.transaction(async (tx) => {
        const written = await writeDecision(tx, decided);
        if (written) await this.events.enqueue(tx, [{ payment: decided.payment, receipt: null }]);
        return written;
      });
    });
  }

  private async unlessOvertaken(write: () => Promise<boolean>): Promise<boolean> {
    try {
      return await write();
    } catch (error) {
      if (!OVERTAKEN.has(violatedConstraint(error) ?? '')) throw error;
      return false;
    }
  }

  private shown(payment: Payment): PaymentView {
    const view = { payment, receipt: null };
    this.watch.changed([view]);
    return view;
  }
}
