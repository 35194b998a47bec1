import { Money } from '@mpp/kernel';
import { type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Posting } from '../domain/answer.js';
import type { Payment } from '../domain/payment.js';

/**
 * The journal entry for a posting of a debited payment. `owed`, in tiyn, is what the journal has as owed to Kaspi for it: a
 * difference that is booked already is not booked again. Throws if the payment has no amount or account.
 */
export function paymentEntry({ id, amount, accountId }: Payment, posting: Posting, owed: bigint): NewEntry | null {
  if (amount === null || accountId === null)
    throw new Error(`payment ${id} was debited without an amount or an account`);
  const { IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
  const entry = { reference: id, amount };
  switch (posting) {
    case 'PAYMENT':
      return { ...entry, purpose: posting, debit: accountId, credit: IN_TRANSIT };
    case 'SETTLEMENT':
      return { ...entry, purpose: posting, debit: IN_TRANSIT, credit: PAYABLE_TO_KASPI };
    case 'REVERSAL':
      return { ...entry, purpose: posting, debit: IN_TRANSIT, credit: accountId };
    case 'DIFFERENCE_OWED':
      if (owed > 0n) return null;
      return { ...entry, purpose: 'DIFFERENCE', debit: DIFFERENCES, credit: PAYABLE_TO_KASPI };
    case 'DIFFERENCE_NOT_OWED':
      if (owed <= 0n) return null;
      return {
        ...entry,
        purpose: 'DIFFERENCE',
        amount: Money.ofTiyn(owed),
        debit: PAYABLE_TO_KASPI,
        credit: DIFFERENCES,
      };
  }
}
