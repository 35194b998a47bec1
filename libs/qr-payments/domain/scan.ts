import type { CustomerId, PaymentId } from '@mpp/kernel';
import { Money } from '@mpp/kernel';
import { type DeadlineRules, lastMoment } from './deadline.js';
import type { PayableQrType, Payment, PaymentMerchant } from './payment.js';
import type { ServiceForm } from './service-form.js';
import type { PaymentStatus } from './transitions.js';

/** What the PS said of a QR that can be paid. */
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

/** A new payment of a scanned purchase. It waits for what its type still needs: a confirm, an amount, a form. */
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
