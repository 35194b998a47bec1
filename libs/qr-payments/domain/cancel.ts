import { DomainError } from '@mpp/kernel';
import { type Payment, transition } from './payment.js';
import { can } from './transitions.js';

export type CancelDecision =
  /** There is nothing to do: it is cancelled, or it expired and the PS has been told. */
  | { readonly kind: 'already-decided' }
  /** Write it, and tell the PS where it has something to tell. */
  | { readonly kind: 'write'; readonly payment: Payment };

/**
 * What going back does: the PS is told CANCELLED_BY_CLIENT. Possible until the debit, never after: STATE_CONFLICT. An
 * expired payment stays EXPIRED, and the PS is told, once. Where somebody else has paid the purchase the PS is not told:
 * to it there is one purchase, and that one stands (R33). Source: R14.
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
