import type { Money } from '@mpp/kernel';
import { type Purchase, type PurchaseStatus, type PurchaseType, statusOf } from '../domain/purchase.js';
import type { FilledParameter } from '../domain/service-form.js';

/** A purchase as a shop sees it. */
export interface PurchaseItem {
  readonly type: PurchaseType;
  readonly paymentId: string;
  readonly mppPaymentId: string | null;
  readonly qrCode: string;
  readonly customerId: string | null;
  /** Null while nobody knows it. */
  readonly amount: string | null;
  /** The sum of its refunds that were not refused. */
  readonly refundedAmount: string;
  /** What the customer filled in at checkout. */
  readonly parameters: readonly FilledParameter[] | null;
  readonly status: PurchaseStatus;
  readonly result: string | null;
  readonly confirmedAt: string | null;
  readonly operationId: string | null;
}

/** An open purchase has no customer of its own yet: it is shown as that of the customer who was asked for. */
export function purchaseItem(
  purchase: Purchase,
  refunded: Money,
  askedFor: string | undefined,
  now: Date,
): PurchaseItem {
  const { type, paymentId, qrCode, amount, filledIn, decision } = purchase;
  return {
    type,
    paymentId,
    mppPaymentId: decision?.mppPaymentId ?? null,
    qrCode,
    customerId: decision?.customerId ?? (askedFor || null),
    amount: amount?.toString() ?? null,
    refundedAmount: refunded.toString(),
    parameters: filledIn,
    status: statusOf(purchase, now),
    result: decision?.result ?? null,
    confirmedAt: decision?.result === 'SUCCESS' ? decision.at.toISOString() : null,
    operationId: decision?.receipt?.operationId ?? null,
  };
}
