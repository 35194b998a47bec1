import { Money } from '@mpp/kernel';
import type { RefundAnswered, RefundAsked, RefundEvent } from './events.js';
import { type Refund, type RefundAnswer, refundStatusOf } from './refund.js';

interface MutableRefund extends Refund {
  answer: RefundAnswer | null;
}

/** All refunds that shops have asked for. It changes by {@link apply} alone. */
export class Refunds {
  private readonly byRefundId = new Map<string, MutableRefund>();
  private readonly byPaymentId = new Map<string, MutableRefund[]>();

  /** Throws where the event speaks of a refund that nobody asked for, or happens twice: the store is damaged. */
  apply(event: RefundEvent): void {
    if (event.event === 'refund-asked') this.ask(event);
    else this.answer(event);
  }

  /** Throws where there is none. */
  known(refundId: string): Refund {
    return this.mutable(refundId);
  }

  /** Oldest first. */
  unanswered(): Refund[] {
    return [...this.byRefundId.values()].filter(({ answer }) => answer === null);
  }

  /** Newest first; of one purchase, of one customer, or of all. */
  list({ paymentId, customerId }: { paymentId?: string | undefined; customerId?: string | undefined }): Refund[] {
    const found = paymentId === undefined ? [...this.byRefundId.values()] : (this.byPaymentId.get(paymentId) ?? []);
    return found.filter((refund) => customerId === undefined || refund.customerId === customerId).reverse();
  }

  /** What was refunded of a purchase, and what may still be: everything that was not refused. */
  refundedOf(paymentId: string): Money {
    const standing = (this.byPaymentId.get(paymentId) ?? []).filter((refund) => refundStatusOf(refund) !== 'REFUSED');
    return standing.reduce((sum, { amount }) => sum.plus(amount), Money.ZERO);
  }

  private ask({ refundId, requestId, paymentId, customerId, amount, receipt, at }: RefundAsked): void {
    if (this.byRefundId.has(refundId)) throw new Error(`refund ${refundId} was asked for already`);
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

  private answer({ refundId, resultCode, attempts, at }: RefundAnswered): void {
    const refund = this.mutable(refundId);
    if (refund.answer !== null) throw new Error(`refund ${refundId} is answered already`);
    refund.answer = { resultCode, attempts, at: new Date(at) };
  }

  private mutable(refundId: string): MutableRefund {
    const refund = this.byRefundId.get(refundId);
    if (refund === undefined) throw new Error(`refund ${refundId} was never asked for`);
    return refund;
  }
}
