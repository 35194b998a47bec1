import type { Money } from '@mpp/kernel';
import { type Purchase, type PurchaseStatus, type PurchaseType, statusOf } from '../domain/purchase.js';
import type { FilledParameter } from '../domain/service-form.js';

/** A purchase as `GET /pos/purchases` returns it. */
export interface PurchaseItem {
  readonly type: PurchaseType;
  readonly paymentId: string;
  readonly mppPaymentId: string | null;
  readonly qrCode: string;
  readonly customerId: string | null;
  /** Null until the customer or the service has set it. */
  readonly amount: string | null;
  /** The sum of its refunds that were not refused. */
  readonly refundedAmount: string;
  /** The values of the service form, from checkout. */
  readonly parameters: readonly FilledParameter[] | null;
  readonly status: PurchaseStatus;
  readonly result: string | null;
  readonly confirmedAt: string | null;
  readonly operationId: string | null;
}

/** `requestedCustomer` is shown as the customer of an open purchase, which has none yet. */
export function purchaseItem(
  purchase: Purchase,
  refunded: Money,
  requestedCustomer: string | undefined,
  now: Date,
): PurchaseItem {
  const { type, paymentId, qrCode, amount, filledIn, decision } = purchase;
  return {
    type,
    paymentId,
    mppPaymentId: decision?.mppPaymentId ?? null,
    qrCode,
    customerId: decision?.customerId ?? (requestedCustomer || null),
    amount: amount?.toString() ?? null,
    refundedAmount: refunded.toString(),
    parameters: filledIn,
    status: statusOf(purchase, now),
    result: decision?.result ?? null,
    confirmedAt: decision?.result === 'SUCCESS' ? decision.at.toISOString() : null,
    operationId: decision?.receipt?.operationId ?? null,
  };
}
