import { Settings } from '@mpp/config';
import { Clock, type CustomerId, DomainError, type Locale, type PaymentId } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { type Position, violatedConstraint } from '@mpp/platform';
import { localised, type ReceiptLinks, Receipts } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { type ConfirmDecision, type ConfirmRequest, decideConfirm } from './domain/confirm.js';
import { NOTIFY_TOPIC } from './domain/notify.js';
import type { Payment } from './domain/payment.js';
import { isFinal } from './domain/transitions.js';
import { notifyPayload } from './notify/payload.js';
import { type PaymentView, PaymentWatch } from './payment-watch.js';
import { ConfirmStatement, type ConfirmWrite, type QueuedNotify } from './persistence/confirm.statement.js';
import { PaymentsRepository } from './persistence/payments.repository.js';

// Each further try means that another confirm, a scan or a spending of the same customer came in between.
const MAX_TRIES = 5;

/** What the database says of a decision that somebody else was quicker than: it is taken anew. */
const OVERTAKEN: ReadonlySet<string> = new Set(['qr_payments_one_debit', 'ledger_accounts_no_overdraft']);

/** What the customer does with a payment after the scan. */
@Injectable()
export class Payments {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly statement: ConfirmStatement,
    private readonly receipts: Receipts,
    private readonly outbox: Outbox,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Debits the customer once, tells the PS, and waits for its answer up to CONFIRM_WAIT_MS. Returns the payment as it is
   * then, final or not; repeated, it never debits again. Read once, decide, write once: a write that somebody else was
   * quicker than does nothing, and the decision is taken anew.
   */
  async confirm(customer: CustomerId, id: PaymentId, request: ConfirmRequest, locale: Locale): Promise<PaymentView> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const facts = await this.payments.confirmFacts(customer, id, request.accountId);
      if (facts === null) throw new DomainError('NOT_FOUND');
      const decision = decideConfirm(facts, request, this.rules, this.clock.now());
      if (decision.kind === 'already-decided') return this.onceSettled(facts.payment);
      const view = await this.carryOut(decision, locale);
      if (view !== null) return view;
    }
    throw new DomainError('STATE_CONFLICT');
  }

  /** NOT_FOUND for a payment that is not the customer's. */
  async get(customer: CustomerId, id: PaymentId): Promise<PaymentView> {
    const payment = await this.payments.find(customer, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    return { payment, receipt: (await this.receipts.of([id])).get(id) ?? null };
  }

  /** The customer's own, newest first. */
  async list(customer: CustomerId, limit: number, after: Position | null): Promise<PaymentView[]> {
    const payments = await this.payments.list(customer, limit, after);
    const receipts = await this.receipts.of(payments.map((payment) => payment.id));
    return payments.map((payment) => ({ payment, receipt: receipts.get(payment.id) ?? null }));
  }

  /** The receipt's links in the given language (R25); NOT_FOUND until there is one. */
  async receipt(customer: CustomerId, id: PaymentId, locale: Locale): Promise<ReceiptLinks> {
    const { receipt } = await this.get(customer, id);
    if (receipt === null) throw new DomainError('NOT_FOUND');
    return localised(receipt, locale);
  }

  /** Writes what was decided, and lets its notify leave. Null where somebody else was quicker: nothing was written. */
  private async carryOut(
    decision: Exclude<ConfirmDecision, { kind: 'already-decided' }>,
    locale: Locale,
  ): Promise<PaymentView | null> {
    const { payment } = decision;
    if (decision.kind === 'expire') {
      return (await this.statement.write({ payment, notify: null, from: null })) ? withoutReceipt(payment) : null;
    }
    const from = decision.kind === 'debit' ? decision.from : null;
    const payload = notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
    const notify = { birth: this.outbox.claimAtBirth(NOTIFY_TOPIC), payload };
    const written = await this.write({ payment, notify, from });
    if (!written) return null;
    this.log.log(`${payment.id} ${payment.status}: ${notify.payload.requestId} tells the PS ${payment.notifyResult}`);
    // Whoever is to be told when it is settled must wait before it can be.
    const waitMs = from === null ? 0 : this.settings.CONFIRM_WAIT_MS;
    const settled = waitMs === 0 ? null : this.watch.untilFinal(payment.id, waitMs);
    this.outbox.dispatch(NOTIFY_TOPIC, notify.birth, payment.id, notify.payload);
    if (settled === null) return withoutReceipt(payment);
    return (await settled) ?? this.get(payment.customerId, payment.id);
  }

  /** False where the statement's guard, or the database's, says that the decision no longer stands. */
  private async write(decided: ConfirmWrite & { notify: QueuedNotify }): Promise<boolean> {
    let written = false;
    try {
      written = await this.statement.write(decided);
    } catch (error) {
      if (!OVERTAKEN.has(violatedConstraint(error) ?? '')) throw error;
    } finally {
      if (!written) this.outbox.abandon(NOTIFY_TOPIC, decided.notify.birth);
    }
    return written;
  }

  /** A repeat waits as the first one does. */
  private async onceSettled(payment: Payment): Promise<PaymentView> {
    const waits = !isFinal(payment.status) && payment.status !== 'IN_DOUBT';
    const settled = waits ? await this.watch.untilFinal(payment.id, this.settings.CONFIRM_WAIT_MS) : null;
    return settled ?? this.get(payment.customerId, payment.id);
  }

  private get rules() {
    return { marginMs: this.settings.CONFIRM_MARGIN_MS, ttlMs: this.settings.PAYMENT_TTL_MS };
  }
}

function withoutReceipt(payment: Payment): PaymentView {
  return { payment, receipt: null };
}
