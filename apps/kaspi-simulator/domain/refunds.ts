import { Money } from '@mpp/kernel';
import type { RefundAnswered, RefundEvent, RefundRequested } from './events.js';
import { type Refund, type RefundAnswer, refundStatusOf } from './refund.js';

interface MutableRefund extends Refund {
  answer: RefundAnswer | null;
}

/** All refunds. Changed by {@link applyEvent} only. */
export class Refunds {
  private readonly byRefundId = new Map<string, MutableRefund>();
  private readonly byPaymentId = new Map<string, MutableRefund[]>();

  /** Throws if the event names an unknown refund or is a duplicate: the file is damaged. */
  applyEvent(event: RefundEvent): void {
    if (event.event === 'refund-requested') this.create(event);
    else this.recordAnswer(event);
  }

  /** Throws if there is none. */
  getByRefundId(refundId: string): Refund {
    return this.getMutable(refundId);
  }

  /** Oldest first. */
  listUnanswered(): Refund[] {
    return [...this.byRefundId.values()].filter(({ answer }) => answer === null);
  }

  /** Newest first; of one purchase, of one customer, or of all. */
  listRefunds({
    paymentId,
    customerId,
  }: {
    paymentId?: string | undefined;
    customerId?: string | undefined;
  }): Refund[] {
    const found = paymentId === undefined ? [...this.byRefundId.values()] : (this.byPaymentId.get(paymentId) ?? []);
    return found.filter((refund) => customerId === undefined || refund.customerId === customerId).reverse();
  }

  /** The sum of a purchase's refunds that were not refused, unanswered ones included. */
  refundedAmount(paymentId: string): Money {
    const counted = (this.byPaymentId.get(paymentId) ?? []).filter((refund) => refundStatusOf(refund) !== 'REFUSED');
    return counted.reduce((sum, { amount }) => sum.plus(amount), Money.ZERO);
  }

  private create({ refundId, requestId, paymentId, customerId, amount, receipt, at }: RefundRequested): void {
    if (this.byRefundId.has(refundId)) throw new Error(`refund ${refundId} exists already`);
    const refund: MutableRefund = {
      refundId,
      requestId,
      paymentId,
      customerId,
      amount: Money.parse(amount),
      receipt,
      requestedAt: new Date(at),
      answer: null,
    };
    this.byRefundId.set(refundId, refund);
    const ofPayment = this.byPaymentId.get(paymentId);
    if (ofPayment === undefined) this.byPaymentId.set(paymentId, [refund]);
    else ofPayment.push(refund);
  }

  private recordAnswer({ refundId, resultCode, attempts, at }: RefundAnswered): void {
    const refund = this.getMutable(refundId);
    if (refund.answer !== null) throw new Error(`refund ${refundId} is answered already`);
    refund.answer = { resultCode, attempts, at: new Date(at) };
  }

  private getMutable(refundId: string): MutableRefund {
    const refund = this.byRefundId.get(refundId);
    if (refund === undefined) throw new Error(`there is no refund ${refundId}`);
    return refund;
  }
}
