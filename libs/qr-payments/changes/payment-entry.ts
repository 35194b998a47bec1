import { Money } from '@mpp/kernel';
import { type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Posting } from '../domain/answer.js';
import type { Payment } from '../domain/payment.js';

/**
 * The journal entry for a posting of a payment, besides its reversal. `owed`, in tiyn, is what the journal has as owed to Kaspi for it:
 * a difference that is booked already is not booked again. Throws if the payment has no amount, or a debit no account.
 */
export function paymentEntry(
  { id, amount, accountId }: Payment,
  posting: Exclude<Posting, 'REVERSAL'>,
  owed: bigint,
): NewEntry | null {
  if (amount === null) throw new Error(`payment ${id} has no amount`);
  const { IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
  const entry = { reference: id, amount };
  switch (posting) {
    case 'PAYMENT':
      if (accountId === null) throw new Error(`payment ${id} was debited from no account`);
      return { ...entry, purpose: posting, debit: accountId, credit: IN_TRANSIT };
    case 'SETTLEMENT':
      return { ...entry, purpose: posting, debit: IN_TRANSIT, credit: PAYABLE_TO_KASPI };
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
