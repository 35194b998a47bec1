import {
  type AccountId,
  type CustomerId,
  type KaspiPaymentId,
  Money,
  type NotifyResult,
  type PaymentId,
} from '@mpp/kernel';
import type { FailureCode, PayableQrType, Payment } from '../domain/payment.js';
import type { PaymentStatus } from '../domain/transitions.js';

/** A row of qr_payments as PostgreSQL hands it over: bigints are strings. */
export interface PaymentRow {
  id: PaymentId;
  kaspi_payment_id: KaspiPaymentId;
  customer_id: CustomerId;
  qr_code_type: PayableQrType;
  status: PaymentStatus;
  version: number;
  amount: string | null;
  refunded_amount: string;
  account_id: AccountId | null;
  confirm_until: Date | null;
  answered_at: Date;
  merchant_id: string | null;
  merchant_name: string | null;
  merchant_mcc: string | null;
  failure_code: FailureCode | null;
  kaspi_result_code: string | null;
  notify_result: NotifyResult | null;
  debited_at: Date | null;
  confirmed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export function toPayment(row: PaymentRow): Payment {
  const merchant = { id: row.merchant_id, name: row.merchant_name, mcc: row.merchant_mcc };
  return {
    id: row.id,
    kaspiPaymentId: row.kaspi_payment_id,
    customerId: row.customer_id,
    qrCodeType: row.qr_code_type,
    status: row.status,
    version: row.version,
    amount: row.amount === null ? null : Money.ofTiyn(BigInt(row.amount)),
    refundedAmount: Money.ofTiyn(BigInt(row.refunded_amount)),
    accountId: row.account_id,
    confirmUntil: row.confirm_until,
    answeredAt: row.answered_at,
    merchant: Object.values(merchant).every((part) => part === null) ? null : merchant,
    failure: row.failure_code === null ? null : { code: row.failure_code, kaspiResultCode: row.kaspi_result_code },
    notifyResult: row.notify_result,
    debitedAt: row.debited_at,
    confirmedAt: row.confirmed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
