import { type Refund, type RefundStatus, refundStatusOf } from '../domain/refund.js';

/** A refund as `GET /pos/refunds` returns it. */
export interface RefundItem {
  readonly refundId: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: string;
  readonly status: RefundStatus;
  /** Null while the participant has not answered. */
  readonly resultCode: string | null;
  /** The number of requests since the last start of the simulator; constant after the answer. */
  readonly attempts: number;
  /** Why the last attempt had no answer. Not kept over a restart. */
  readonly lastError: string | null;
  readonly createdAt: string;
  readonly answeredAt: string | null;
  readonly operationId: string;
}

export function refundItem(
  { refundId, paymentId, customerId, amount, receipt, requestedAt, answer }: Refund,
  attempts: { readonly count: number; readonly lastError: string | null },
): RefundItem {
  return {
    refundId,
    paymentId,
    customerId,
    amount: amount.toString(),
    status: refundStatusOf({ answer }),
    resultCode: answer?.resultCode ?? null,
    attempts: answer?.attempts ?? attempts.count,
    lastError: attempts.lastError,
    createdAt: requestedAt.toISOString(),
    answeredAt: answer?.at.toISOString() ?? null,
    operationId: receipt.operationId,
  };
}
