import { addMilliseconds } from '@mpp/kernel';
import { failed } from './failure.js';
import { moved, type Payment } from './payment.js';

/** What an outside core said to a debit, by now. */
export type DebitHeard =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown' };

export interface DebitDecision {
  /** As it is then; null where it is still not known, and there is time to ask again. */
  readonly payment: Payment | null;
  /** Customer → in transit: the core is known to have debited. */
  readonly posting: 'PAYMENT' | null;
  readonly operation: 'done' | 'refused' | 'abandoned' | null;
}

/** Until when a debit may become known and still be told as SUCCESS. Source: R16. */
export function debitDeadline({ confirmUntil, answeredAt }: Payment, ttlMs: number): Date {
  return confirmUntil ?? addMilliseconds(answeredAt, ttlMs);
}

/**
 * What becomes of a payment that is DEBITING. SUCCESS is told only of a debit that is known in time; one that is known later,
 * or still not known when the time is over, is reversed and the PS is told PROCESS_FAIL. Source: R15, R16.
 */
export function decideDebit(payment: Payment, heard: DebitHeard, deadline: Date, now: Date): DebitDecision {
  const late = now.getTime() > deadline.getTime();
  switch (heard.kind) {
    case 'done': {
      const debited = { ...payment, debitedAt: now };
      return late
        ? { payment: tooLate(debited, now), posting: 'PAYMENT', operation: 'done' }
        : {
            payment: moved(debited, 'debited', now, { notifyResult: 'SUCCESS' }),
            posting: 'PAYMENT',
            operation: 'done',
          };
    }
    case 'refused': {
      const code = heard.reason === 'INSUFFICIENT_FUNDS' ? 'INSUFFICIENT_FUNDS' : 'DEBIT_REFUSED';
      const outcome = { failure: failed(code), notifyResult: 'PROCESS_FAIL', debitRequestedAt: null } as const;
      return { payment: moved(payment, 'declined', now, outcome), posting: null, operation: 'refused' };
    }
    case 'unknown':
      return late
        ? { payment: tooLate(payment, now), posting: null, operation: 'abandoned' }
        : { payment: null, posting: null, operation: null };
  }
}

function tooLate(payment: Payment, now: Date): Payment {
  const outcome = { failure: failed('DEBITED_TOO_LATE'), notifyResult: 'PROCESS_FAIL', settledBy: 'DEADLINE' } as const;
  return moved(payment, 'reversalAsked', now, outcome);
}
