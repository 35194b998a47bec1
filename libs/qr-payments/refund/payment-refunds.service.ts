import { Clock, type Money, type PaymentId } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import type { Payment } from '../domain/payment.js';
import { decideRefund, type RefundRefusal } from '../domain/refund.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

/** A refund that was added to its payment. */
export interface AcceptedRefund {
  readonly payment: Payment;
  /** The payment was reversed: the customer already has the money, and no credit is made (R19). */
  readonly againstReversal: boolean;
}

/** Adds refunds to payments, safely against concurrent ones. */
@Injectable()
export class PaymentRefunds {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly changes: PaymentChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds the amount to the refunded amount of the customer's payment for the purchase, or returns the refusal; see
   * {@link decideRefund}. The payment stays locked until the transaction ends. A payment that waited for the PS's answer
   * becomes CONFIRMED (R19); its notify continues, for the receipt.
   */
  async acceptRefund(
    tx: Tx,
    purchase: string,
    customer: string,
    amount: Money,
  ): Promise<AcceptedRefund | RefundRefusal> {
    const before = await this.payments.lockOfPurchase(tx, purchase, customer);
    if (before === 'none') return 'UNKNOWN_PAYMENT';
    if (before === 'of another customer') return 'OTHER_CUSTOMER';
    const decision = decideRefund(before, amount, this.clock.now());
    if (decision.kind === 'refused') return decision.refusal;
    const { payment, posting, againstReversal } = decision;
    await this.changes.writeChanges(tx, [{ before, payment, posting }]);
    if (payment.status !== before.status)
      tx.afterCommit(() => this.log.warn(`${payment.id} ${before.status} → ${payment.status}: the PS refunds it`));
    return { payment, againstReversal };
  }

  /** The names of the merchants; null if unknown. */
  async findMerchantNames(tx: Tx, ids: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, string | null>> {
    return this.payments.findMerchantNames(tx, ids);
  }
}
