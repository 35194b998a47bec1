import type { Money } from '@mpp/kernel';
import { type DeadlineRules, lastMoment } from './deadline.js';
import { moved, type Payment, type PaymentMerchant } from './payment.js';

/** What checkout said of a service. */
export interface Price {
  readonly amount: Money;
  readonly confirmUntil: Date | null;
  readonly merchant: PaymentMerchant | null;
}

/** The payment with its price: it awaits the customer's confirm, by the deadline that came with it (R8). */
export function priced(payment: Payment, price: Price, rules: DeadlineRules, now: Date): Payment {
  return moved(payment, 'priced', now, {
    amount: price.amount,
    confirmUntil: price.confirmUntil,
    merchant: price.merchant ?? payment.merchant,
    answeredAt: now,
    expiresAt: lastMoment(price.confirmUntil, now, rules),
  });
}
