import { type Payment, transition } from './payment.js';

export interface ReversedDebit {
  readonly payment: Payment;
  /** Null with an external core: the entry follows its answer. */
  readonly posting: 'REVERSAL' | null;
}

/**
 * Gives a debit back, in full, once. With the own ledger the payment is REVERSED with its entry; with an external core it is
 * REVERSING until the core has given the debit back. Source: R11.
 */
export function reverseDebit(
  payment: Payment,
  now: Date,
  outcome: Pick<Payment, 'failure' | 'settledBy'>,
): ReversedDebit {
  return payment.debitRequestedAt === null
    ? { payment: transition(payment, 'reversed', now, outcome), posting: 'REVERSAL' }
    : { payment: transition(payment, 'reversalRequested', now, outcome), posting: null };
}

/** The external core has given the debit back, or will never debit: an entry is needed only for a known debit. */
export function reversedByCore(payment: Payment, now: Date): ReversedDebit {
  return {
    payment: transition(payment, 'reversed', now),
    posting: payment.debitedAt === null ? null : 'REVERSAL',
  };
}
