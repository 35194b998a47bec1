import {
  type AccountId,
  type CustomerId,
  type KaspiPaymentId,
  Money,
  type NotifyResult,
  type PaymentId,
} from '@mpp/kernel';
import type { FailureCode } from '../domain/failure.js';
import type { PayableQrType, Payment, SettledBy } from '../domain/payment.js';
import type { FormValue, ServiceForm } from '../domain/service-form.js';
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
  expires_at: Date | null;
  merchant_id: string | null;
  merchant_name: string | null;
  merchant_mcc: string | null;
  service: ServiceForm | null;
  form_values: FormValue[] | null;
  failure_code: FailureCode | null;
  kaspi_result_code: string | null;
  notify_result: NotifyResult | null;
  debit_requested_at: Date | null;
  debited_at: Date | null;
  doubted_at: Date | null;
  confirmed_at: Date | null;
  settled_by: SettledBy | null;
  contradicted_by: string | null;
  contradicted_at: Date | null;
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
    expiresAt: row.expires_at,
    merchant: Object.values(merchant).every((part) => part === null) ? null : merchant,
    service: row.service,
    formValues: row.form_values,
    failure: row.failure_code === null ? null : { code: row.failure_code, kaspiResultCode: row.kaspi_result_code },
    notifyResult: row.notify_result,
    debitRequestedAt: row.debit_requested_at,
    debitedAt: row.debited_at,
    doubtedAt: row.doubted_at,
    confirmedAt: row.confirmed_at,
    settledBy: row.settled_by,
    contradiction:
      row.contradicted_at === null ? null : { resultCode: row.contradicted_by ?? '', at: row.contradicted_at },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
