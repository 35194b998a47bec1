import type { Money } from '@mpp/kernel';
import { type DeadlineRules, lastMoment } from './deadline.js';
import { type Payment, type PaymentMerchant, transition } from './payment.js';

/** What checkout said of a service. */
export interface Price {
  readonly amount: Money;
  readonly confirmUntil: Date | null;
  readonly merchant: PaymentMerchant | null;
}

/**
 * The payment with its price: it awaits the customer's confirm, by the deadline that came with it (R8). What checkout does
 * not say stays as the scan said it.
 */
export function priced(payment: Payment, price: Price, rules: DeadlineRules, now: Date): Payment {
  const confirmUntil = price.confirmUntil ?? payment.confirmUntil;
  return transition(payment, 'priced', now, {
    amount: price.amount,
    confirmUntil,
    merchant: merged(price.merchant, payment.merchant),
    answeredAt: now,
    expiresAt: lastMoment(confirmUntil, now, rules),
  });
}

function merged(newer: PaymentMerchant | null, older: PaymentMerchant | null): PaymentMerchant | null {
  if (newer === null || older === null) return newer ?? older;
  return { id: newer.id ?? older.id, name: newer.name ?? older.name, mcc: newer.mcc ?? older.mcc };
}
