import { DomainError } from '@mpp/kernel';
import { type Payment, transition } from './payment.js';
import type { PurchaseState } from './status-sets.js';
import { can } from './transitions.js';

export type CancelDecision =
  /** Nothing to do: the payment is cancelled, or it expired and the PS was notified. */
  | { readonly kind: 'already-decided' }
  /** Write the payment, and notify the PS if it has a notifyResult. */
  | { readonly kind: 'write'; readonly payment: Payment };

/**
 * Decides what a cancel does: the PS gets CANCELLED_BY_CLIENT, once. Possible until the debit; STATE_CONFLICT afterwards. An expired
 * payment stays EXPIRED. If another customer's payment has a result, no notify is sent: a purchase has one result (R33, R38).
 * Source: R14.
 */
export function decideCancel(payment: Payment, purchase: PurchaseState, now: Date): CancelDecision {
  const notifyResult = purchase === 'open' ? 'CANCELLED_BY_CLIENT' : null;
  if (can(payment.status, 'cancelled')) {
    return { kind: 'write', payment: transition(payment, 'cancelled', now, { notifyResult }) };
  }
  if (payment.status === 'CANCELLED') return { kind: 'already-decided' };
  if (payment.status !== 'EXPIRED') throw new DomainError('STATE_CONFLICT');
  if (payment.notifyResult !== null || notifyResult === null) return { kind: 'already-decided' };
  return { kind: 'write', payment: { ...payment, notifyResult, version: payment.version + 1, updatedAt: now } };
}
