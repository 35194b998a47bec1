import type { AccountId, Money, PaymentId, RefundId } from '@mpp/kernel';
import type { RefundStatus } from './refund.js';

/** A decision about a refundId as operators see it, a refusal too: then its parts only where they could be read. */
export interface RefundRecord {
  readonly id: string;
  readonly refundId: RefundId;
  readonly status: RefundStatus;
  readonly resultCode: string;
  readonly resultMessage: string;
  readonly refusal: string | null;
  readonly customerId: string | null;
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
  readonly createdAt: Date;
}

/** What operators look for; what is absent does not narrow. */
export interface RefundFilter {
  readonly status?: RefundStatus | undefined;
  /** Only those whose hour is over and that are not credited. */
  readonly overdue?: boolean | undefined;
  readonly customerId?: string | undefined;
  readonly kaspiPaymentId?: string | undefined;
}

/** One call of the PS, and what it was answered. */
export interface RefundCall {
  readonly refundId: string | null;
  readonly requestId: string;
  /** The customer is masked; null where it was no JSON object. */
  readonly body: string | null;
  readonly httpStatus: number;
  readonly resultCode: string;
  readonly remark: string | null;
  readonly receivedAt: Date;
}
