import { type Refund, type RefundStatus, refundStatusOf } from '../domain/refund.js';

/** A refund as a shop sees it. */
export interface RefundItem {
  readonly refundId: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: string;
  readonly status: RefundStatus;
  /** Null while the participant has not answered. */
  readonly resultCode: string | null;
  /** The requests that were sent; of one that is unanswered, since the last start of the simulator. */
  readonly attempts: number;
  /** What came the last time instead of an answer. Forgotten at the end of the process. */
  readonly lastError: string | null;
  readonly createdAt: string;
  readonly answeredAt: string | null;
  readonly operationId: string;
}

export function refundItem(
  { refundId, paymentId, customerId, amount, receipt, requestedAt, answer }: Refund,
  effort: { readonly attempts: number; readonly lastError: string | null },
): RefundItem {
  return {
    refundId,
    paymentId,
    customerId,
    amount: amount.toString(),
    status: refundStatusOf({ answer }),
    resultCode: answer?.resultCode ?? null,
    attempts: answer?.attempts ?? effort.attempts,
    lastError: effort.lastError,
    createdAt: requestedAt.toISOString(),
    answeredAt: answer?.at.toISOString() ?? null,
    operationId: receipt.operationId,
  };
}
