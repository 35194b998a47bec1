import {
  type AccountId,
  type CustomerId,
  customerMoneyDeadline,
  type Money,
  type PaymentId,
  type RefundId,
} from '@mpp/kernel';
import type { AcceptedStatus } from './refund-status.js';

/** A readable refund request of the PS (regulation 4.4). */
export interface RefundOrder {
  readonly refundId: RefundId;
  readonly customerId: string;
  readonly kaspiPaymentId: string;
  readonly amount: Money;
  readonly linkReceipt: string;
  readonly pdfReceipt: string | null;
}

/** A refund to be accepted: one that the PS requests, or one of a registry, which has no receipt. */
export interface NewRefund extends Omit<RefundOrder, 'linkReceipt'> {
  readonly linkReceipt: string | null;
}

/** A refund that was answered with SUCCESS and must be credited within the hour (R21). */
export interface Refund {
  /** Our own id: the reference in the journal, the outbox and the events. */
  readonly id: string;
  readonly refundId: RefundId;
  readonly status: AcceptedStatus;
  readonly customerId: CustomerId;
  readonly kaspiPaymentId: string;
  readonly paymentId: PaymentId;
  readonly amount: Money;
  /** The account that paid. */
  readonly accountId: AccountId;
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
  readonly creditBy: Date;
  /** When the next alert about the missing credit is due; null after the last one. */
  readonly nextEscalationAt: Date | null;
  readonly suspendedAt: Date | null;
  readonly creditedAt: Date | null;
  /** Null also if the refund was settled against money that the customer had already (R19). */
  readonly creditedAccountId: AccountId | null;
  readonly createdAt: Date;
}

export interface RefundedPayment {
  readonly id: PaymentId;
  readonly customerId: CustomerId;
  readonly accountId: AccountId;
}

/** A new refund. Against a reversal, or a debit that operators gave back, it is CREDITED at once. Source: R19, R21. */
export function acceptedRefund(
  id: string,
  order: NewRefund,
  payment: RefundedPayment,
  againstReversal: boolean,
  deadlineMs: number,
  now: Date,
): Refund {
  const { dueAt: creditBy, nextEscalationAt } = customerMoneyDeadline(now, deadlineMs);
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
    nextEscalationAt: againstReversal ? null : nextEscalationAt,
    suspendedAt: null,
    creditedAt: againstReversal ? now : null,
    creditedAccountId: null,
    createdAt: now,
  };
}

/** The refund after crediting has put it on an account or into suspense. */
export function creditedRefund(
  refund: Refund,
  change: Pick<Refund, 'nextEscalationAt' | 'suspendedAt' | 'creditedAt' | 'creditedAccountId'>,
): Refund {
  return { ...refund, ...change, status: change.creditedAt === null ? 'SUSPENDED' : 'CREDITED' };
}
