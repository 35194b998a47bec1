import type { AccountId, CustomerId, Money, PaymentId, RefundId } from '@mpp/kernel';
import type { RefundAnswer, Refusal } from './answer.js';
import type { RefundStatus } from './refund-status.js';

/** A decision about a refundId, as operators see it. Of a refusal only the readable parts are known. */
export interface RefundRecord {
  readonly id: string;
  readonly refundId: RefundId;
  readonly status: RefundStatus;
  readonly resultCode: RefundAnswer['resultCode'];
  readonly resultMessage: string;
  readonly refusal: Refusal | null;
  readonly customerId: CustomerId | null;
  readonly kaspiPaymentId: string | null;
  readonly paymentId: PaymentId | null;
  readonly amount: Money | null;
  readonly accountId: AccountId | null;
  readonly creditedAccountId: AccountId | null;
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
  readonly kaspiOperationId: string | null;
  readonly creditBy: Date | null;
  readonly suspendedAt: Date | null;
  readonly creditedAt: Date | null;
  /** A refusal that is decided again when the PS repeats the request: since when. */
  readonly recheckAt: Date | null;
  /** When operators took it up from a registry; null for a request of the PS. */
  readonly takenUpAt: Date | null;
  readonly createdAt: Date;
}

/** A property that is absent does not narrow. */
export interface RefundFilter {
  readonly status?: RefundStatus | undefined;
  /** Only refunds that are overdue, see {@link isOverdue}. */
  readonly overdue?: boolean | undefined;
  readonly customerId?: string | undefined;
  readonly kaspiPaymentId?: string | undefined;
}

/** Instead of a result code: the decision was put off in a recovery, and the PS repeats the refund (R39). */
export const DEFERRED = 'RECOVERY';

/** One call of the PS and our answer. */
export interface RefundCall {
  /** Null if the body has no readable one. */
  readonly refundId: string | null;
  readonly requestId: string;
  /** With the customer masked; null if the body is not a JSON object. */
  readonly body: string | null;
  readonly httpStatus: number;
  readonly resultCode: string;
  /** Why the answer is what it is: a refusal, REPEATED or AGAINST_REVERSAL. With HTTP 503 the refusal that was put off in a recovery. */
  readonly remark: string | null;
  readonly receivedAt: Date;
}
