import { type AccountId, type CustomerId, customerMoneyDeadline, type Money, type PaymentId } from '@mpp/kernel';
import { type Payment, transition } from './payment.js';

export interface ReversedDebit {
  readonly payment: Payment;
  /** Null with an external core: the entry follows its answer. */
  readonly posting: 'REVERSAL' | null;
}

/**
 * Gives a debit back, in full, once. With the own ledger the payment is REVERSED with its entry, unless no account of the customer
 * takes money, see {@link inSuspense}; with an external core it is REVERSING until the core has given the debit back. Source: R11.
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

/** In place of the REVERSED payment: the money is in suspense, so that the customer does not have it. Source: R41. */
export function inSuspense(before: Payment, { failure, settledBy, updatedAt }: Payment): Payment {
  return transition(before, 'reversalRequested', updatedAt, { failure, settledBy });
}

/** A debit of a core that became known only after its reversal was requested. */
export function lateDebit(payment: Payment, now: Date): Payment {
  if (payment.status !== 'REVERSING') throw new Error(`a payment that is ${payment.status} has no late debit`);
  return { ...payment, debitedAt: now, version: payment.version + 1, updatedAt: now };
}

/** The customer has the money back, or an external core will never debit. */
export function givenBack(payment: Payment, now: Date): Payment {
  return transition(payment, 'reversed', now);
}

/** The giving back of a debit, with the ways and the hour of a refund. Source: R41. */
export interface Reversal {
  /** The payment's id, as is `paymentId`. */
  readonly id: PaymentId;
  readonly paymentId: PaymentId;
  readonly customerId: CustomerId;
  readonly amount: Money;
  /** The debited account. */
  readonly accountId: AccountId;
  /** When the PS's refusal, an operator or the deadline made the debit due back. */
  readonly createdAt: Date;
  readonly creditBy: Date;
  /** When the next alert about the missing money is due; null after the last one. */
  readonly nextEscalationAt: Date | null;
  readonly suspendedAt: Date | null;
  readonly creditedAt: Date | null;
  readonly creditedAccountId: AccountId | null;
}

/** The reversal of a payment whose debit is due back now. */
export function newReversal({ id, customerId, amount, accountId }: Payment, withinMs: number, now: Date): Reversal {
  if (amount === null || accountId === null)
    throw new Error(`payment ${id} was debited without an amount or an account`);
  const { dueAt: creditBy, nextEscalationAt } = customerMoneyDeadline(now, withinMs);
  return {
    ...{ id, paymentId: id, customerId, amount, accountId, createdAt: now, creditBy, nextEscalationAt },
    ...{ suspendedAt: null, creditedAt: null, creditedAccountId: null },
  };
}
