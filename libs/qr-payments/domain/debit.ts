import { addMilliseconds } from '@mpp/kernel';
import { failed } from './failure.js';
import { type Payment, transition } from './payment.js';

/** What is known of a debit at an external core. */
export type DebitAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown' };

export interface DebitDecision {
  /** Null while the outcome is unknown before the deadline. */
  readonly payment: Payment | null;
  /** Customer → in transit, if the core is known to have debited. */
  readonly posting: 'PAYMENT' | null;
  readonly operation: 'done' | 'refused' | 'abandoned' | null;
}

/** The last moment at which a known debit is still notified as SUCCESS. Source: R16. */
export function debitDeadline({ confirmUntil, answeredAt }: Payment, ttlMs: number): Date {
  return confirmUntil ?? addMilliseconds(answeredAt, ttlMs);
}

/**
 * Decides about a payment that is DEBITING. SUCCESS is sent only for a debit that is known before the deadline. A debit that is
 * known later, or unknown at the deadline, is reversed, and the PS gets PROCESS_FAIL. `deadline` is null in a recovery: the debit may
 * have been known in time, and forgotten. Source: R15, R16, R39.
 */
export function decideDebit(payment: Payment, answer: DebitAnswer, deadline: Date | null, now: Date): DebitDecision {
  const late = deadline !== null && now.getTime() > deadline.getTime();
  switch (answer.kind) {
    case 'done': {
      const debited = { ...payment, debitedAt: now };
      return late
        ? { payment: tooLate(debited, now), posting: 'PAYMENT', operation: 'done' }
        : {
            payment: transition(debited, 'debited', now, { notifyResult: 'SUCCESS' }),
            posting: 'PAYMENT',
            operation: 'done',
          };
    }
    case 'refused': {
      const code = answer.reason === 'INSUFFICIENT_FUNDS' ? 'INSUFFICIENT_FUNDS' : 'DEBIT_REFUSED';
      const outcome = { failure: failed(code), notifyResult: 'PROCESS_FAIL', debitRequestedAt: null } as const;
      return { payment: transition(payment, 'declined', now, outcome), posting: null, operation: 'refused' };
    }
    case 'unknown':
      return late
        ? { payment: tooLate(payment, now), posting: null, operation: 'abandoned' }
        : { payment: null, posting: null, operation: null };
  }
}

function tooLate(payment: Payment, now: Date): Payment {
  const outcome = { failure: failed('DEBITED_TOO_LATE'), notifyResult: 'PROCESS_FAIL', settledBy: 'DEADLINE' } as const;
  return transition(payment, 'reversalRequested', now, outcome);
}
