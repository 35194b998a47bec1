import { DomainError } from '@mpp/kernel';
import { type Payment, transition } from './payment.js';
import { can } from './transitions.js';

export type CancelDecision =
  /** Nothing to do: the payment is cancelled, or it expired and the PS was notified. */
  | { readonly kind: 'already-decided' }
  /** Write the payment, and notify the PS if it has a notifyResult. */
  | { readonly kind: 'write'; readonly payment: Payment };

/**
 * Decides what a cancel does: the PS gets CANCELLED_BY_CLIENT, once. Possible until the debit; STATE_CONFLICT afterwards. An expired
 * payment stays EXPIRED. If another customer paid the purchase, no notify is sent: the PS knows one purchase, and it is paid (R33).
 * Source: R14.
 */
export function decideCancel(payment: Payment, paidByAnother: boolean, now: Date): CancelDecision {
  const notifyResult = paidByAnother ? null : 'CANCELLED_BY_CLIENT';
  if (can(payment.status, 'cancelled')) {
    return { kind: 'write', payment: transition(payment, 'cancelled', now, { notifyResult }) };
  }
  if (payment.status === 'CANCELLED') return { kind: 'already-decided' };
  if (payment.status !== 'EXPIRED') throw new DomainError('STATE_CONFLICT');
  if (payment.notifyResult !== null || notifyResult === null) return { kind: 'already-decided' };
  return { kind: 'write', payment: { ...payment, notifyResult, version: payment.version + 1, updatedAt: now } };
}
