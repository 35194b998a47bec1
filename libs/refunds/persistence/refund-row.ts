import { type AccountId, type CustomerId, Money, type PaymentId, type RefundId } from '@mpp/kernel';
import type { RefundAnswer } from '../domain/answer.js';
import type { Refund, RefundStatus } from '../domain/refund.js';

/** A row of refunds as PostgreSQL hands it over: bigints are strings. */
export interface RefundRow {
  id: string;
  refund_id: RefundId;
  fingerprint: string;
  result_code: RefundAnswer['resultCode'];
  result_message: string;
  refusal: string | null;
  status: RefundStatus;
  customer_id: CustomerId | null;
  kaspi_payment_id: string | null;
  payment_id: PaymentId | null;
  amount: string | null;
  account_id: AccountId | null;
  link_receipt: string | null;
  pdf_receipt: string | null;
  kaspi_operation_id: string | null;
  credit_by: Date | null;
  next_escalation_at: Date | null;
  suspended_at: Date | null;
  credited_at: Date | null;
  credited_account_id: AccountId | null;
  created_at: Date;
}

/** Throws for a refusal: it is no refund. */
export function toRefund(row: RefundRow): Refund {
  const { status, customer_id: customerId, payment_id: paymentId, account_id: accountId, credit_by: creditBy } = row;
  if (status === 'REFUSED' || customerId === null || paymentId === null || accountId === null || creditBy === null) {
    throw new Error(`refund ${row.refund_id} was refused`);
  }
  return {
    id: row.id,
    refundId: row.refund_id,
    status,
    customerId,
    kaspiPaymentId: row.kaspi_payment_id ?? '',
    paymentId,
    amount: Money.ofTiyn(BigInt(row.amount ?? 0)),
    accountId,
    linkReceipt: row.link_receipt,
    pdfReceipt: row.pdf_receipt,
    creditBy,
    nextEscalationAt: row.next_escalation_at,
    suspendedAt: row.suspended_at,
    creditedAt: row.credited_at,
    creditedAccountId: row.credited_account_id,
    createdAt: row.created_at,
  };
}
