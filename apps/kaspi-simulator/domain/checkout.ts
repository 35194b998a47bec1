import type { CheckedOut } from './events.js';
import { isPast, type Purchase } from './purchase.js';
import { Refusal } from './refusal.js';
import { deadline } from './sale.js';
import { type FilledForm, isFilledIn } from './service-form.js';
import type { CustomQr } from './shop-qr.js';

/**
 * Returns the event of a purchase's first checkout, or null if it is checked out already, whatever the new values (R37). Throws
 * {@link Refusal} with a code of regulation 4.2.
 */
export function checkOut(purchase: Purchase, qr: CustomQr, form: FilledForm, now: Date): CheckedOut | null {
  if (isPast(purchase.canConfirmUntil, now)) throw new Refusal('EXPIRED_CODE');
  if (purchase.filledIn !== null) return null;
  // The purchase was cancelled before its checkout. Regulation 4.2 has no code for a wrong status.
  if (purchase.decision !== null) throw new Refusal('PROCESS_FAIL');
  if (!isFilledIn(qr.service, form)) throw new Refusal('PARAM_ILLEGAL');
  return {
    event: 'checked-out',
    at: now.toISOString(),
    paymentId: purchase.paymentId,
    parameters: form.parameters,
    amount: qr.price.toString(),
    canConfirmUntil: deadline(qr.lifetimeMs, now).toISOString(),
  };
}
