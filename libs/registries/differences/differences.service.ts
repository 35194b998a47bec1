import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, formatTiyn, Money, type PaymentId } from '@mpp/kernel';
import { ClockCheck, ReportDatabase, type Tx } from '@mpp/platform';
import { Resolutions } from '@mpp/qr-payments';
import { OperatorRefunds } from '@mpp/refunds';
import { Injectable, Logger } from '@nestjs/common';
import { throwConflict } from '../domain/conflict.js';
import { type DifferenceDecision, decideDifference, situationOf } from '../domain/difference.js';
import type { Discrepancy } from '../domain/discrepancy.js';
import { SERVICE_BY_KIND } from '../domain/tariff.js';
import { isConfirmedSince, saveAdjustment, saveMatch, saveSettlement } from '../persistence/differences.js';
import { DiscrepanciesRepository } from '../persistence/discrepancies.repository.js';
import { CoreAccounts } from './core-accounts.js';
import { CustomersMoney } from './customers-money.js';
import { type DifferenceFacts, DifferenceReader, requireSettled } from './difference-facts.js';
import { type CustomersPart, DifferencePostings } from './difference-postings.js';
import { CONFIRMED_SINCE, NOT_PAID, refusedAs, TAKE_UP_FIRST } from './refusals.js';
import {
  givesPaymentBack,
  isRepeat,
  isUnknownRefund,
  MAY_BE_UNKNOWN,
  type SettlementRequest,
} from './settlement-request.js';

type Booked = Pick<DifferenceDecision, 'owedChange' | 'feeChange' | 'credit' | 'debit'> & {
  readonly adjustmentId: string | null;
  readonly refund: string | null;
};

type BookingRequest = SettlementRequest & Pick<CustomersPart, 'accounts'>;

function partOf(
  { id: discrepancyId }: Discrepancy,
  { action, accountId: account, accounts }: BookingRequest,
  reference: string,
  decision: DifferenceDecision,
): CustomersPart {
  return { discrepancyId, reference, decision, account, action, accounts };
}

const NOTHING_BOOKED: Booked = {
  ...{ owedChange: 0n, feeChange: 0n, credit: 0n, debit: 0n },
  ...{ adjustmentId: null, refund: null },
};

/** Discrepancies as operators end them: after that the books have the operation as Kaspi has it. Source: R40. */
@Injectable()
export class Differences {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly discrepancies: DiscrepanciesRepository,
    private readonly facts: DifferenceReader,
    private readonly postings: DifferencePostings,
    private readonly coreAccounts: CoreAccounts,
    private readonly money: CustomersMoney,
    private readonly resolutions: Resolutions,
    private readonly refunds: OperatorRefunds,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
  ) {}

  /**
   * Ends an open discrepancy, once: journal, adjustment, status and audit line together. The same call again changes nothing. Throws
   * NOT_FOUND; STATE_CONFLICT if it was ended otherwise, does not exist any more, or the action does not fit it; ACCOUNT_UNUSABLE;
   * SERVICE_UNAVAILABLE while the clock differs from the database's.
   */
  async settleDiscrepancy(request: SettlementRequest, operator: string): Promise<void> {
    const discrepancy = await this.discrepancies.findDiscrepancy(request.id);
    if (discrepancy === null) throw new DomainError('NOT_FOUND');
    if (isRepeat(discrepancy, request)) return;
    // A refund that is taken up begins the customer's hour (R21, R42).
    await this.clocks.requireAgreement();
    const doubt = await this.findDoubt(discrepancy, request);
    if (doubt !== null) return this.resolveDoubt(doubt, request, operator);
    const isGivenBack = givesPaymentBack(discrepancy, request.action);
    await this.coreAccounts.withAccounts((accounts) => {
      const settle = (tx: Tx) => this.settleInBooks(tx, discrepancy, { ...request, accounts }, operator);
      return isGivenBack
        ? this.resolutions.withoutNotify(discrepancy.paymentId as PaymentId, settle)
        : this.database.transaction(settle);
    });
  }

  /** The payment in doubt that the action resolves; null if the action is booked instead. */
  private async findDoubt(discrepancy: Discrepancy, request: SettlementRequest): Promise<PaymentId | null> {
    const { action } = request;
    if (discrepancy.kind !== 'STATUS_MISMATCH' || action === 'EXPLAIN') return null;
    return this.database.transaction(async (tx) => {
      const { payment, facts } = await this.lockAndRead(tx, discrepancy, request);
      if (payment === null || facts === null || situationOf(facts.difference) !== 'IN_DOUBT') return null;
      decideDifference(facts.difference, action, false);
      return payment.id;
    });
  }

  /** What it is about is locked before the discrepancy, as when registries are compared. No facts: the same call has ended it. */
  private async lockAndRead(tx: Tx, before: Discrepancy, request: SettlementRequest) {
    const subject = await this.facts.lockSubject(tx, before);
    const open = await this.lockOpen(tx, request);
    const facts = open === null ? null : await this.facts.readFacts(tx, open, subject, this.clock.now());
    return { payment: subject.payment, open, facts };
  }

  /** With an external core the debit is given back as it is after a refusal of the PS. */
  private async resolveDoubt(payment: PaymentId, request: SettlementRequest, operator: string): Promise<void> {
    if (request.accountId !== null) throw new DomainError('ACCOUNT_UNUSABLE');
    const outcome = request.action === 'CONFIRM' ? 'CONFIRMED' : 'REVERSED';
    try {
      await this.resolutions.resolve(payment, outcome, request.reason, operator, async (tx) => {
        const discrepancy = await this.lockOpen(tx, request);
        if (discrepancy !== null) await this.record(tx, discrepancy, request, operator, NOTHING_BOOKED);
      });
    } catch (error) {
      const now = await this.discrepancies.findDiscrepancy(request.id);
      if (now === null || !isRepeat(now, request)) throw error;
    }
  }

  private async settleInBooks(tx: Tx, before: Discrepancy, request: BookingRequest, operator: string): Promise<void> {
    if (request.action === 'EXPLAIN') {
      const explained = await this.lockOpen(tx, request);
      if (explained !== null) await this.record(tx, explained, request, operator, NOTHING_BOOKED);
      return;
    }
    const { open, facts } = await this.lockAndRead(tx, before, request);
    if (open === null || facts === null) return;
    await this.record(tx, open, request, operator, await this.book(tx, facts, open, request));
  }

  /** Null if the same call has ended it meanwhile. */
  private async lockOpen(tx: Tx, request: SettlementRequest): Promise<Discrepancy | null> {
    const discrepancy = await this.discrepancies.lockDiscrepancy(tx, request.id);
    if (discrepancy === null) throw new DomainError('NOT_FOUND');
    return isRepeat(discrepancy, request) ? null : discrepancy;
  }

  private async book(
    tx: Tx,
    facts: DifferenceFacts,
    discrepancy: Discrepancy,
    request: BookingRequest,
  ): Promise<Booked> {
    const { action, accountId } = request;
    const { difference, row, payment } = facts;
    requireSettled(payment, action, accountId);
    if (givesPaymentBack(discrepancy, action) && (await isConfirmedSince(tx, discrepancy)))
      throwConflict(CONFIRMED_SINCE);
    if (isUnknownRefund(facts, action) && payment !== null) {
      const isOurs = await this.money.wasDebited(tx, payment);
      const takenUp = isOurs ? await this.takeUpRefund(tx, facts, discrepancy, request) : null;
      if (takenUp !== null) return takenUp;
      if (accountId !== null && (await this.money.readPaid(tx, payment.id)) <= 0n) throwConflict(NOT_PAID);
    }
    const decision = decideDifference(difference, action, accountId !== null);
    if (!difference.known && !MAY_BE_UNKNOWN.includes(discrepancy.kind)) throwConflict(TAKE_UP_FIRST);
    if (decision.adjustedTo === null) return NOTHING_BOOKED;
    const operation = await this.saveOperation(tx, facts, discrepancy, decision.adjustedTo);
    await this.postings.postDifference(tx, facts, operation.id, decision);
    await this.postings.moveCustomersMoney(tx, facts, partOf(discrepancy, request, operation.id, decision));
    if (row !== null && operation.copyOf === null && operation.subject === 'ROW') {
      await this.saveRowMatch(tx, discrepancy, row.row, operation.type, operation.id);
    }
    return { ...decision, adjustmentId: operation.id, refund: null };
  }

  /**
   * A refund of one of our payments is credited as if the PS had sent it, and its later request is recognised. An account is named only for a customer
   * from whom the purchase was taken instead of the one who has the money back. Null: larger than what is left, of which a named account can get the rest.
   */
  private async takeUpRefund(
    tx: Tx,
    facts: DifferenceFacts,
    discrepancy: Discrepancy,
    request: BookingRequest,
  ): Promise<Booked | null> {
    const { accountId } = request;
    const { payment, row, operation, difference } = facts;
    if (payment === null || row === null) throw new Error('a refund without a payment or a row cannot be taken up');
    const amount = Money.ofTiyn(difference.listed);
    const accepted = await this.refunds.takeUpRefund(tx, payment, amount, row.kaspiOperationId);
    if (accepted === 'ABOVE_PAYMENT' && accountId !== null) return null;
    if (typeof accepted === 'string') throwConflict(refusedAs(accepted));
    const { refund, againstReversal } = accepted;
    if (accountId !== null && !(againstReversal && (await this.money.isTakenFromAnother(tx, payment, row))))
      throw new DomainError('ACCOUNT_UNUSABLE');
    const adjusted = { ...operation, id: refund.id, subject: 'REFUND', paymentId: payment.id } as const;
    await saveAdjustment(tx, { ...adjusted, mppPaymentId: payment.id, amount: difference.listed });
    const credit = accountId === null ? 0n : difference.listed;
    const decision = { adjustedTo: null, owedChange: 0n, feeChange: 0n, debit: 0n, credit };
    await this.postings.moveCustomersMoney(tx, facts, partOf(discrepancy, request, refund.id, decision));
    return { ...decision, adjustmentId: refund.id, refund: refund.refundId };
  }

  /** The operation as Kaspi has it from now on. */
  private async saveOperation(
    tx: Tx,
    { operation, row, registryKind }: DifferenceFacts,
    { kind }: Discrepancy,
    amount: bigint,
  ) {
    const customerId = kind === 'CUSTOMER_MISMATCH' ? (row?.customerId ?? null) : operation.customerId;
    // The fee of a second row is compared with nothing: it is Kaspi's.
    const service =
      (kind === 'FEE_MISMATCH' || kind === 'DUPLICATE_ROW') && registryKind !== null
        ? SERVICE_BY_KIND[registryKind]
        : null;
    const fees = {
      paymentFee: service === 'PAYMENT' ? (row?.fee ?? 0n) : operation.paymentFee,
      serviceFee: service === 'SERVICE' ? (row?.fee ?? 0n) : operation.serviceFee,
    };
    const saved = { ...operation, customerId, amount, ...fees, adjustedAt: this.clock.now() };
    await saveAdjustment(tx, saved);
    return saved;
  }

  private async saveRowMatch(
    tx: Tx,
    { registryId }: Discrepancy,
    row: number,
    type: string,
    id: string,
  ): Promise<void> {
    if (registryId === null) return;
    await saveMatch(tx, registryId, row, type === 'REFUND' ? { refund: id } : { paymentId: id });
  }

  private async record(
    tx: Tx,
    { id, registryId, kind, paymentId }: Discrepancy,
    { action, accountId, reason }: SettlementRequest,
    operator: string,
    { adjustmentId, refund, owedChange, feeChange, credit, debit }: Booked,
  ): Promise<void> {
    const at = this.clock.now();
    await saveSettlement(tx, id, { action, accountId, reason, at, by: operator, adjustmentId });
    const booked = {
      ...{ owedChange: formatTiyn(owedChange), feeChange: formatTiyn(feeChange) },
      ...{ credit: formatTiyn(credit), debit: formatTiyn(debit) },
    };
    await this.trail.recordAction(tx, {
      ...{ at, actor: operator, action: 'DISCREPANCY_SETTLED', subject: id, reason },
      details: { registryId, kind, action, accountId, paymentId, adjustmentId, refund, ...booked },
    });
    tx.afterCommit(() => this.log.warn(`discrepancy ${id} ${kind} is settled: ${action}`));
  }
}
