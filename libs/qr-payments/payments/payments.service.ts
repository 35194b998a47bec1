import { Settings } from '@mpp/config';
import { CoreBanking, type CustomerAccount, payingAccount } from '@mpp/core-banking';
import { KaspiHealth } from '@mpp/kaspi';
import {
  type AccountId,
  accountId,
  Clock,
  type CustomerId,
  DomainError,
  type Locale,
  NO_ACCOUNT,
  type PaymentId,
} from '@mpp/kernel';
import type { Position } from '@mpp/platform';
import { localised, type ReceiptLinks, Receipts } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { type CarriedOut, Decisions } from '../confirm/decision-writer.service.js';
import { decideCancel } from '../domain/cancel.js';
import {
  type ConfirmDecision,
  type ConfirmFacts,
  type ConfirmRequest,
  decideConfirm,
  decideOwnDebit,
  decideRequestedDebit,
} from '../domain/confirm.js';
import { declinedByLimit } from '../domain/limits.js';
import type { Payment } from '../domain/payment.js';
import { isFinal, isWaiting } from '../domain/transitions.js';
import { Limits } from '../confirm/limits.service.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

// Each further try means that another confirm, a scan or a spending of the same customer came in between.
const MAX_TRIES = 5;

/** A confirm that is to wait for nothing still has to know the account. */
const LEAST_WAIT_FOR_ACCOUNTS_MS = 1000;

/** What is decided, with the account that an outside core is to debit. */
type Step = ConfirmDecision & { readonly account?: CustomerAccount };

/** What the customer does with a payment after the scan. */
@Injectable()
export class Payments {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly decisions: Decisions,
    private readonly limits: Limits,
    private readonly core: CoreBanking,
    private readonly kaspi: KaspiHealth,
    private readonly receipts: Receipts,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Debits the customer once, tells the PS, and waits for its answer up to CONFIRM_WAIT_MS, the outside core's time included.
   * Returns the payment as it is then, final or not; repeated, it never debits again. Read once, decide, write once: a write
   * that somebody else was quicker than does nothing, and the decision is taken anew.
   */
  async confirm(customer: CustomerId, id: PaymentId, request: ConfirmRequest, locale: Locale): Promise<PaymentView> {
    const waitsUntil = performance.now() + this.settings.CONFIRM_WAIT_MS;
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const facts = await this.payments.confirmFacts(customer, id, ownAccount(request));
      if (facts === null) throw new DomainError('NOT_FOUND');
      const step = await this.decide(facts, request, waitsUntil).catch((error) => this.unlessDecided(facts, error));
      if (step.kind === 'already-decided') return this.onceSettled(facts.payment);
      const done = await this.carryOut(facts.payment, step, locale, Math.max(0, waitsUntil - performance.now()));
      if (done === null) continue;
      return done.settled === null ? done.view : ((await done.settled) ?? this.get(customer, id));
    }
    throw new DomainError('STATE_CONFLICT');
  }

  /** The customer went back: the PS is told, once. STATE_CONFLICT where it is debited or has ended otherwise. Source: R14. */
  async cancel(customer: CustomerId, id: PaymentId, locale: Locale): Promise<PaymentView> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const facts = await this.payments.confirmFacts(customer, id, null);
      if (facts === null) throw new DomainError('NOT_FOUND');
      const before = facts.payment;
      const decision = decideCancel(before, facts.paidByAnother, this.clock.now());
      if (decision.kind === 'already-decided') return { payment: before, receipt: null };
      const done = await this.decisions.carryOut({ before, payment: decision.payment }, locale);
      if (done !== null) return done.view;
    }
    throw new DomainError('STATE_CONFLICT');
  }

  /** NOT_FOUND for a payment that is not the customer's. */
  async get(customer: CustomerId, id: PaymentId): Promise<PaymentView> {
    const payment = await this.payments.find(customer, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    return { payment, receipt: (await this.receipts.of([id])).get(id) ?? null };
  }

  /**
   * The payment now and after each of its changes, whichever process makes them, until it is final or nobody listens any
   * more. Changes that come faster than they can be told are told as one.
   */
  async *follow(customer: CustomerId, id: PaymentId, signal: AbortSignal): AsyncGenerator<PaymentView> {
    let view = await this.get(customer, id);
    for (;;) {
      yield view;
      if (isFinal(view.payment.status)) return;
      const changed = await this.watch.untilNewer(id, view.payment.version, signal);
      if (changed === 'over') return;
      view = changed ?? (await this.get(customer, id));
    }
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

  /** Nothing has been written yet. KASPI_UNAVAILABLE where the customer had better not be debited now. */
  private async decide(facts: ConfirmFacts, request: ConfirmRequest, waitsUntil: number): Promise<Step> {
    const { payment } = facts;
    const next = decideConfirm(facts, request, this.limits.maxAmount, this.clock.now());
    if (next.kind !== 'to-be-debited') return next;
    const account = await this.accountAtCore(payment.customerId, request, waitsUntil);
    const now = this.clock.now();
    const decision =
      account === null
        ? decideOwnDebit(facts, next.amount, now)
        : decideRequestedDebit(payment, account.id, next.amount, now);
    if (decision.kind !== 'debit' && decision.kind !== 'ask') return decision;
    const hit = await this.limits.hit(decision.payment);
    if (hit !== null) {
      this.log.warn(`${payment.id} is not debited: ${hit}`);
      return declinedByLimit(payment, decision.payment, hit, this.clock.now());
    }
    if (!this.kaspi.admitsDebit()) throw new DomainError('KASPI_UNAVAILABLE');
    return decision.kind === 'ask' && account !== null ? { ...decision, account } : decision;
  }

  /** A core that cannot be asked is nothing to a confirm whose payment another one has taken on meanwhile. */
  private async unlessDecided({ payment }: ConfirmFacts, error: unknown): Promise<Step> {
    if (!(error instanceof DomainError) || error.code !== 'CORE_UNAVAILABLE') throw error;
    const now = await this.payments.find(payment.customerId, payment.id);
    if (now === null || isWaiting(now.status)) throw error;
    return { kind: 'already-decided' };
  }

  /** Null with the own ledger, whose account was read with the payment. CORE_UNAVAILABLE, ACCOUNT_UNUSABLE. */
  private async accountAtCore(
    customer: CustomerId,
    { account }: ConfirmRequest,
    waitsUntil: number,
  ): Promise<CustomerAccount | null> {
    if (this.core.outside === null) return null;
    const withinMs = Math.max(LEAST_WAIT_FOR_ACCOUNTS_MS, Math.ceil(waitsUntil - performance.now()));
    return payingAccount(await this.core.accounts(customer, withinMs), account);
  }

  private async carryOut(
    before: Payment,
    step: Exclude<Step, { kind: 'already-decided' }>,
    locale: Locale,
    waitMs: number,
  ): Promise<CarriedOut | null> {
    switch (step.kind) {
      case 'ask': {
        if (step.account === undefined) throw new Error(`payment ${before.id} is to be debited from no account`);
        const { payment, account } = step;
        return this.decisions.ask({ before, payment, account, limits: this.limits.daily(payment) }, locale, waitMs);
      }
      case 'debit': {
        const { payment, from } = step;
        return this.decisions.carryOut({ before, payment, from, limits: this.limits.daily(payment) }, locale, waitMs);
      }
      case 'decline':
        return this.decisions.carryOut({ before, payment: step.payment, reason: step.reason ?? null }, locale);
      case 'expire':
        return this.decisions.carryOut({ before, payment: step.payment }, locale);
    }
  }

  /** A repeat waits as the first one does. */
  private async onceSettled(payment: Payment): Promise<PaymentView> {
    const waits = !isFinal(payment.status) && payment.status !== 'IN_DOUBT';
    const settled = waits ? await this.watch.untilFinal(payment.id, this.settings.CONFIRM_WAIT_MS) : null;
    return settled ?? this.get(payment.customerId, payment.id);
  }
}

/** Of the own ledger; what cannot be an account there is nobody's. */
function ownAccount({ account }: ConfirmRequest): AccountId | null {
  return account === null ? null : (accountId(account) ?? NO_ACCOUNT);
}
