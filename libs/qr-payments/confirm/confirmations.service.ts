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
import { ClockCheck } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { debitOperationId } from '../core-banking/debit-topic.js';
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
import { Payments } from '../payments/payments.service.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';
import { DecisionWriter, type WrittenDecision } from './decision-writer.service.js';
import { Limits } from './limits.service.js';

// Each further try means that another confirm, scan or debit of the customer changed the facts in between.
const MAX_TRIES = 5;

/** A confirm that does not wait for the PS still needs the customer's accounts. */
const LEAST_WAIT_FOR_ACCOUNTS_MS = 1000;

/** The decision, with the account that an external core will debit. */
type Step = ConfirmDecision & { readonly account?: CustomerAccount };

/** The customer confirms or cancels a payment. */
@Injectable()
export class Confirmations {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: Payments,
    private readonly repository: PaymentsRepository,
    private readonly writer: DecisionWriter,
    private readonly limits: Limits,
    private readonly core: CoreBanking,
    private readonly kaspi: KaspiHealth,
    private readonly watch: PaymentWatch,
    private readonly recovery: Recovery,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
  ) {}

  /**
   * Debits the customer once, notifies the PS, and waits for its answer up to CONFIRM_WAIT_MS, the external core's time included.
   * Returns the payment as it is then, final or not; a repeated confirm never debits again. Reads once, decides, writes once; if
   * the payment has changed since it was read, nothing is written and the decision is repeated. SERVICE_UNAVAILABLE while the clock
   * of this process is wrong: whether the PS still takes the payment is not known.
   */
  async confirm(customer: CustomerId, id: PaymentId, request: ConfirmRequest, locale: Locale): Promise<PaymentView> {
    const waitsUntil = performance.now() + this.settings.CONFIRM_WAIT_MS;
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const facts = await this.repository.confirmFacts(customer, id, ownAccount(request));
      if (facts === null) throw new DomainError('NOT_FOUND');
      const step = await this.decide(facts, request, waitsUntil).catch((error) => this.unlessDecided(facts, error));
      if (step.kind === 'already-decided') return this.untilSettled(facts.payment);
      // After the decision has read the clock for the last time, and before anything is written (R42).
      await this.clocks.requireAgreement();
      const waitMs = Math.max(0, waitsUntil - performance.now());
      const written = await this.writeStep(facts.payment, step, locale, waitMs);
      if (written === null) continue;
      return written.settled === null
        ? written.view
        : ((await written.settled) ?? this.payments.getPayment(customer, id));
    }
    throw new DomainError('STATE_CONFLICT');
  }

  /** Cancels before the debit and notifies the PS once. STATE_CONFLICT if the payment is debited or otherwise final. Source: R14. */
  async cancel(customer: CustomerId, id: PaymentId, locale: Locale): Promise<PaymentView> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const facts = await this.repository.confirmFacts(customer, id, null);
      if (facts === null) throw new DomainError('NOT_FOUND');
      const before = facts.payment;
      const decision = decideCancel(before, facts.purchase, this.clock.now());
      if (decision.kind === 'already-decided') return { payment: before, receipt: null };
      await this.requireRemembered(before);
      const written = await this.writer.writeDecision({ before, payment: decision.payment }, locale);
      if (written !== null) return written.view;
    }
    throw new DomainError('STATE_CONFLICT');
  }

  /** Nothing is written yet. KASPI_UNAVAILABLE while the PS is away. */
  private async decide(facts: ConfirmFacts, request: ConfirmRequest, waitsUntil: number): Promise<Step> {
    const { payment } = facts;
    const next = decideConfirm(facts, request, this.limits.maxAmount, this.clock.now());
    if (next.kind !== 'to-be-debited') return next;
    const account = await this.coreAccount(payment.customerId, request, waitsUntil);
    const now = this.clock.now();
    const decision =
      account === null
        ? decideOwnDebit(facts, next.amount, now)
        : decideRequestedDebit(payment, account.id, next.amount, now);
    if (decision.kind !== 'debit' && decision.kind !== 'request-debit') return decision;
    const hit = await this.limits.findHit(decision.payment);
    if (hit !== null) {
      this.log.warn(`${payment.id} is not debited: ${hit}`);
      return declinedByLimit(payment, decision.payment, hit, this.clock.now());
    }
    if (!this.kaspi.admitsDebit()) throw new DomainError('KASPI_UNAVAILABLE');
    return decision.kind === 'request-debit' && account !== null ? { ...decision, account } : decision;
  }

  /** If another confirm has decided the payment, an unavailable core is no error for this one. */
  private async unlessDecided({ payment }: ConfirmFacts, error: unknown): Promise<Step> {
    if (!(error instanceof DomainError) || error.code !== 'CORE_UNAVAILABLE') throw error;
    const now = await this.repository.findPayment(payment.customerId, payment.id);
    if (now === null || isWaiting(now.status)) throw error;
    return { kind: 'already-decided' };
  }

  /** Null with the own ledger, whose account was read with the payment. CORE_UNAVAILABLE, ACCOUNT_UNUSABLE. */
  private async coreAccount(
    customer: CustomerId,
    { account }: ConfirmRequest,
    waitsUntil: number,
  ): Promise<CustomerAccount | null> {
    if (this.core.external === null) return null;
    const withinMs = Math.max(LEAST_WAIT_FOR_ACCOUNTS_MS, Math.ceil(waitsUntil - performance.now()));
    return payingAccount(await this.core.findAccounts(customer, withinMs), account);
  }

  private async writeStep(
    before: Payment,
    step: Exclude<Step, { kind: 'already-decided' }>,
    locale: Locale,
    waitMs: number,
  ): Promise<WrittenDecision | null> {
    const { payment } = step;
    switch (step.kind) {
      case 'request-debit': {
        const { account } = step;
        if (account === undefined) throw new Error(`payment ${before.id} has no account to debit`);
        const limits = this.limits.dailyLimits(payment);
        return this.writer.requestDebit({ before, payment, account, limits }, locale, waitMs);
      }
      case 'debit': {
        const limits = this.limits.dailyLimits(payment);
        return this.writer.writeDecision({ before, payment, from: step.from, limits }, locale, waitMs);
      }
      case 'decline':
        await this.requireRemembered(before);
        return this.writer.writeDecision({ before, payment, reason: step.reason ?? null }, locale);
      case 'expire':
        await this.requireRemembered(before);
        return this.writer.writeDecision({ before, payment }, locale);
    }
  }

  /**
   * A payment is not closed while it may have been paid, and forgotten (R39). If its scan is forgotten too, an external core still
   * knows the debit.
   */
  private async requireRemembered(payment: Payment): Promise<void> {
    if (!this.recovery.active) return;
    if (this.recovery.covers(payment)) throw new DomainError('RECOVERY');
    const outcome = await this.core.external?.findOutcome(debitOperationId(payment));
    if (outcome?.kind === 'done' || outcome?.kind === 'unknown') throw new DomainError('RECOVERY');
  }

  /** A repeated confirm waits like the first one. */
  private async untilSettled(payment: Payment): Promise<PaymentView> {
    const waits = !isFinal(payment.status) && payment.status !== 'IN_DOUBT';
    const settled = waits ? await this.watch.untilFinal(payment.id, this.settings.CONFIRM_WAIT_MS) : null;
    return settled ?? this.payments.getPayment(payment.customerId, payment.id);
  }
}

/** An account of the own ledger; a malformed id is no account. */
function ownAccount({ account }: ConfirmRequest): AccountId | null {
  return account === null ? null : (accountId(account) ?? NO_ACCOUNT);
}
