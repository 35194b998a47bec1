import type { CustomerId, PaymentId } from '@mpp/kernel';
import { Money } from '@mpp/kernel';
import type { Payment, PaymentMerchant } from './payment.js';

/** What the PS said of a Dynamic QR. */
export interface ScannedPurchase {
  readonly kaspiPaymentId: Payment['kaspiPaymentId'];
  readonly amount: Money;
  readonly confirmUntil: Date | null;
  readonly merchant: PaymentMerchant | null;
}

/** A new payment of a scanned purchase: its amount is known, the customer is asked to confirm. */
export function newPayment(id: PaymentId, customerId: CustomerId, purchase: ScannedPurchase, now: Date): Payment {
  return {
    ...purchase,
    id,
    customerId,
    qrCodeType: 'Dynamic',
    status: 'AWAITING_CONFIRMATION',
    version: 0,
    refundedAmount: Money.ZERO,
    accountId: null,
    answeredAt: now,
    failure: null,
    notifyResult: null,
    debitedAt: null,
    confirmedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}
