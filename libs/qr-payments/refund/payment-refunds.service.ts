import { type AccountId, Clock, type Money, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import type { Payment } from '../domain/payment.js';
import { decideRefund, type RefundRefusal } from '../domain/refund.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { ForgottenReversals } from '../reversal/forgotten-reversals.service.js';

/** A refund that was added to its payment. */
export interface AcceptedRefund {
  readonly payment: Payment;
  /** The account that paid; of a payment without a debit, the one from which an operator took the purchase. */
  readonly accountId: AccountId;
  /** The customer already has the money, by a reversal or from an operator, and no credit is made (R19). */
  readonly againstReversal: boolean;
}

/** The refunds of a payment, in tiyn. */
export interface RefundSums {
  /** What they gave or promised to the customer. */
  readonly paidOut: bigint;
  /** By how much settled differences have changed what Kaspi has refunded. */
  readonly difference: bigint;
}

/** Adds refunds to payments, safely against concurrent ones. */
@Injectable()
export class PaymentRefunds {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly forgottenReversals: ForgottenReversals,
    private readonly changes: PaymentChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds the amount to the refunded amount of the customer's payment for the purchase, or returns the refusal; see
   * {@link decideRefund}. `readSums` reads the refunds of the payment, once it is locked. The payment stays locked
   * until the transaction ends. A payment that waited for the PS's answer becomes CONFIRMED (R19); its notify continues, for the
   * receipt.
   */
  async acceptRefund(
    tx: Tx,
    purchase: string,
    customer: string,
    amount: Money,
    readSums: (payment: PaymentId) => Promise<RefundSums>,
  ): Promise<AcceptedRefund | RefundRefusal> {
    const before = await this.payments.lockOfPurchase(tx, purchase, customer);
    if (before === 'none') return 'UNKNOWN_PAYMENT';
    if (before === 'of another customer') return 'OTHER_CUSTOMER';
    const { owed, held } = await this.ledger.readPosition(tx, before.id, before.customerId);
    const { paidOut, difference } = await readSums(before.id);
    const refunded = before.refundedAmount.tiyn + difference;
    const decision = decideRefund(before, amount, { owed, refunded, left: held - paidOut }, this.clock.now());
    if (decision.kind === 'refused') return decision.refusal;
    const { payment, posting, againstReversal } = decision;
    const accountId =
      payment.accountId ?? (await this.ledger.findDebitedAccount(tx, payment.id, payment.customerId))?.account;
    if (accountId === undefined) throw new Error(`payment ${payment.id} was debited from no account`);
    await this.changes.writeChanges(tx, [{ before, payment, posting }]);
    if (payment.status !== before.status)
      tx.afterCommit(() => this.log.warn(`${payment.id} ${before.status} → ${payment.status}: the PS refunds it`));
    return { payment, accountId, againstReversal };
  }

  /**
   * Whether a bank's core may have given the debit of an open payment back before the database was restored, so that a refund would be
   * credited beside it (R39). Not for use in a transaction.
   */
  async mayBeGivenBack(purchase: string, customer: string): Promise<boolean> {
    const open = await this.payments.findOpenOfPurchase(purchase, customer);
    return open !== null && this.forgottenReversals.mayBeGivenBack(open);
  }

  /** Keeps other refunds of the purchase by this customer waiting until the transaction ends. Null if they have no payment of it. */
  async lockPurchase(tx: Tx, purchase: string, customer: string): Promise<PaymentId | null> {
    const payment = await this.payments.lockOfPurchase(tx, purchase, customer);
    return typeof payment === 'string' ? null : payment.id;
  }

  /** The names of the merchants; null if unknown. */
  async findMerchantNames(tx: Tx, ids: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, string | null>> {
    return this.payments.findMerchantNames(tx, ids);
  }
}
