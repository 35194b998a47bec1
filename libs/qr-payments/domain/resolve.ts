import { DomainError } from '@mpp/kernel';
import { failed } from './failure.js';
import { type Payment, type SettledBy, transition } from './payment.js';
import { type ReversedDebit, reverseDebit } from './reversal.js';

/** The decisions that an operator can make about a payment in doubt. */
export const RESOLUTIONS = ['CONFIRMED', 'REVERSED'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface ResolveDecision {
  readonly payment: Payment;
  readonly posting: 'SETTLEMENT' | ReversedDebit['posting'];
}

/** An operator settles a payment in doubt; STATE_CONFLICT for a payment with another status. Source: R12. */
export function decideResolve(payment: Payment, outcome: Resolution, now: Date): ResolveDecision {
  if (payment.status !== 'IN_DOUBT') throw new DomainError('STATE_CONFLICT');
  return settle(payment, outcome, now, 'OPERATOR');
}

/** A registry confirms a payment in doubt; null for a payment with another status. Source: R34. */
export function decideByRegistry(payment: Payment, now: Date): ResolveDecision | null {
  return payment.status === 'IN_DOUBT' ? settle(payment, 'CONFIRMED', now, 'REGISTRY') : null;
}

function settle(payment: Payment, outcome: Resolution, now: Date, settledBy: SettledBy): ResolveDecision {
  return outcome === 'CONFIRMED'
    ? { payment: transition(payment, 'confirmed', now, { confirmedAt: now, settledBy }), posting: 'SETTLEMENT' }
    : reverseDebit(payment, now, { failure: failed('NOT_CONFIRMED'), settledBy });
}
