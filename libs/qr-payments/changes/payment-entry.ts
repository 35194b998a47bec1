import { type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Posting } from '../domain/answer.js';
import type { Payment } from '../domain/payment.js';

/** The journal entry for a posting of a payment. Throws if the payment has no amount, or no account to be debited or credited. */
export function paymentEntry({ id, amount, accountId }: Payment, posting: Posting): NewEntry {
  if (amount === null) throw new Error(`payment ${id} has no amount`);
  const { IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
  const entry = { reference: id, amount };
  const customer = () => {
    if (accountId === null) throw new Error(`payment ${id} was debited from no account`);
    return accountId;
  };
  switch (posting) {
    case 'PAYMENT':
      return { ...entry, purpose: posting, debit: customer(), credit: IN_TRANSIT };
    case 'SETTLEMENT':
      return { ...entry, purpose: posting, debit: IN_TRANSIT, credit: PAYABLE_TO_KASPI };
    case 'REVERSAL':
      return { ...entry, purpose: posting, debit: IN_TRANSIT, credit: customer() };
    case 'DIFFERENCE_OWED':
      return { ...entry, purpose: 'DIFFERENCE', debit: DIFFERENCES, credit: PAYABLE_TO_KASPI };
    case 'DIFFERENCE_NOT_OWED':
      return { ...entry, purpose: 'DIFFERENCE', debit: PAYABLE_TO_KASPI, credit: DIFFERENCES };
  }
}
