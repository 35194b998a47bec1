import type { CustomerId, PaymentId } from '@mpp/kernel';
import { Money } from '@mpp/kernel';
import { type DeadlineRules, lastMoment } from './deadline.js';
import type { PayableQrType, Payment, PaymentMerchant } from './payment.js';
import type { ServiceForm } from './service-form.js';
import type { PaymentStatus } from './transitions.js';

/** The PS's answer to the scan of a QR code that can be paid. */
export interface ScannedPurchase {
  readonly qrCodeType: PayableQrType;
  readonly kaspiPaymentId: Payment['kaspiPaymentId'];
  /** Dynamic only. */
  readonly amount: Money | null;
  readonly confirmUntil: Date | null;
  readonly merchant: PaymentMerchant | null;
  /** Custom only. */
  readonly service: ServiceForm | null;
}

const FIRST_STATUS: Readonly<Record<PayableQrType, PaymentStatus>> = {
  Dynamic: 'AWAITING_CONFIRMATION',
  Static: 'AWAITING_AMOUNT',
  Custom: 'AWAITING_CHECKOUT',
};

/** A new payment for a scanned purchase. By its type it waits for a confirm, an amount or a service form. */
export function newPayment(
  id: PaymentId,
  customerId: CustomerId,
  purchase: ScannedPurchase,
  rules: DeadlineRules,
  now: Date,
): Payment {
  return {
    ...purchase,
    id,
    customerId,
    status: FIRST_STATUS[purchase.qrCodeType],
    version: 0,
    seenAmount: null,
    refundedAmount: Money.ZERO,
    accountId: null,
    answeredAt: now,
    expiresAt: lastMoment(purchase.confirmUntil, now, rules),
    formValues: null,
    failure: null,
    notifyResult: null,
    debitRequestedAt: null,
    debitedAt: null,
    doubtedAt: null,
    confirmedAt: null,
    settledBy: null,
    contradiction: null,
    createdAt: now,
    updatedAt: now,
  };
}
