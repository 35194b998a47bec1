import type { AccountId, CustomerId } from '@mpp/kernel';
import type { LedgerAccount } from './account.js';

/** Whose money comes, and where it should go. */
export interface Receiver {
  readonly customer: CustomerId;
  readonly preferred: AccountId;
}

type Candidate = Pick<LedgerAccount, 'id' | 'customerId' | 'status' | 'createdAt'>;

/**
 * The account that is credited: the preferred one, else the customer's oldest. Null where none of theirs is open: one that
 * is closed or blocked takes no money.
 */
export function receivingAccount(accounts: readonly Candidate[], { customer, preferred }: Receiver): AccountId | null {
  const open = accounts.filter(({ customerId, status }) => customerId === customer && status === 'OPEN');
  if (open.some(({ id }) => id === preferred)) return preferred;
  const [oldest] = open.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
  return oldest?.id ?? null;
}
