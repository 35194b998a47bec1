import { DomainError } from '@mpp/kernel';
import { failed } from './failure.js';
import { type GivenBack, giveBack } from './reversal.js';
import { moved, type Payment, type SettledBy } from './payment.js';

/** What operations found out about a payment in doubt. */
export const RESOLUTIONS = ['CONFIRMED', 'REVERSED'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface ResolveDecision {
  readonly payment: Payment;
  readonly posting: 'SETTLEMENT' | GivenBack['posting'];
}

/** Settles a payment in doubt by hand; STATE_CONFLICT for any other. Source: R12. */
export function decideResolve(payment: Payment, outcome: Resolution, now: Date): ResolveDecision {
  if (payment.status !== 'IN_DOUBT') throw new DomainError('STATE_CONFLICT');
  return settle(payment, outcome, now, 'OPERATOR');
}

/** A registry says that a payment in doubt was confirmed; null for any other, which it never touches. Source: R34. */
export function decideByRegistry(payment: Payment, now: Date): ResolveDecision | null {
  return payment.status === 'IN_DOUBT' ? settle(payment, 'CONFIRMED', now, 'REGISTRY') : null;
}

function settle(payment: Payment, outcome: Resolution, now: Date, settledBy: SettledBy): ResolveDecision {
  return outcome === 'CONFIRMED'
    ? { payment: moved(payment, 'confirmed', now, { confirmedAt: now, settledBy }), posting: 'SETTLEMENT' }
    : giveBack(payment, now, { failure: failed('NOT_CONFIRMED'), settledBy });
}
