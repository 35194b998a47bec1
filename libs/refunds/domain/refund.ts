import {
  type AccountId,
  addMilliseconds,
  type CustomerId,
  firstEscalation,
  type Money,
  type PaymentId,
  type RefundId,
} from '@mpp/kernel';

/** What can become of a request. SUSPENDED: no account of the customer takes money, we owe it to them. */
export const REFUND_STATUSES = ['REFUSED', 'ACCEPTED', 'SUSPENDED', 'CREDITED'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** What the PS asks for (regulation 4.4); links are as they came. */
export interface RefundOrder {
  readonly refundId: RefundId;
  readonly customerId: string;
  readonly kaspiPaymentId: string;
  readonly amount: Money;
  readonly linkReceipt: string;
  readonly pdfReceipt: string | null;
}

/** A refund that we have taken in: within the hour it is on the customer's account (R21). */
export interface Refund {
  /** Our own: journal, outbox and events name it. */
  readonly id: string;
  readonly refundId: RefundId;
  readonly status: Exclude<RefundStatus, 'REFUSED'>;
  readonly customerId: CustomerId;
  readonly kaspiPaymentId: string;
  readonly paymentId: PaymentId;
  readonly amount: Money;
  /** What the payment was debited from. */
  readonly accountId: AccountId;
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
  readonly creditBy: Date;
  /** When operators are to hear that it is still not credited; null once there is nothing left to say. */
  readonly nextEscalationAt: Date | null;
  readonly suspendedAt: Date | null;
  readonly creditedAt: Date | null;
  /** Null where it was settled against a reversal (R19). */
  readonly creditedAccountId: AccountId | null;
  readonly createdAt: Date;
}

/** What the payment says to it. */
export interface RefundedPayment {
  readonly id: PaymentId;
  readonly customerId: CustomerId;
  readonly accountId: AccountId | null;
}

/** A refund just taken in. One against a reversal is done: the customer has the money. Source: R19, R21. */
export function acceptedRefund(
  id: string,
  order: RefundOrder,
  payment: RefundedPayment,
  againstReversal: boolean,
  deadlineMs: number,
  now: Date,
): Refund {
  if (payment.accountId === null) throw new Error(`payment ${payment.id} was debited from no account`);
  const creditBy = addMilliseconds(now, deadlineMs);
  return {
    id,
    refundId: order.refundId,
    status: againstReversal ? 'CREDITED' : 'ACCEPTED',
    customerId: payment.customerId,
    kaspiPaymentId: order.kaspiPaymentId,
    paymentId: payment.id,
    amount: order.amount,
    accountId: payment.accountId,
    linkReceipt: order.linkReceipt,
    pdfReceipt: order.pdfReceipt,
    creditBy,
    nextEscalationAt: againstReversal ? null : firstEscalation(now, creditBy),
    suspendedAt: null,
    creditedAt: againstReversal ? now : null,
    creditedAccountId: null,
    createdAt: now,
  };
}

/** Still owed. */
export function isWaiting({ status }: Refund): boolean {
  return status !== 'CREDITED';
}
