import type { AccountId, Money } from '@mpp/kernel';
import type { EntryPurpose } from './chart.js';

/** One entry to post: `amount` from the debited account to the credited one. */
export interface NewEntry {
  readonly purpose: EntryPurpose;
  readonly reference: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: Money;
}

export interface Entry extends NewEntry {
  readonly id: string;
  readonly bookedAt: Date;
}
