import type { Money } from '@mpp/kernel';
import { type DeadlineRules, lastMoment } from './deadline.js';
import { type Payment, type PaymentMerchant, transition } from './payment.js';

/** The answer to a checkout. */
export interface Price {
  readonly amount: Money;
  readonly confirmUntil: Date | null;
  readonly merchant: PaymentMerchant | null;
}

/**
 * The payment with its price; it awaits the customer's confirm until the deadline that came with the price (R8). What the answer
 * lacks stays as it was after the scan.
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
