import { moved, type Payment } from './payment.js';

export interface GivenBack {
  readonly payment: Payment;
  /** Null where an outside core has to be asked first: its posting follows its answer. */
  readonly posting: 'REVERSAL' | null;
}

/**
 * Gives a debit back, in full, once. With the own ledger it is REVERSED with its posting; an outside core is asked, and the
 * payment is REVERSING until it has. Source: R11.
 */
export function giveBack(payment: Payment, now: Date, outcome: Pick<Payment, 'failure' | 'settledBy'>): GivenBack {
  return payment.debitRequestedAt === null
    ? { payment: moved(payment, 'reversed', now, outcome), posting: 'REVERSAL' }
    : { payment: moved(payment, 'reversalAsked', now, outcome), posting: null };
}

/** The outside core has given it back, or has never debited and never will: what it took is posted back. */
export function reversedByCore(payment: Payment, now: Date): GivenBack {
  return {
    payment: moved(payment, 'reversed', now),
    posting: payment.debitedAt === null ? null : 'REVERSAL',
  };
}
