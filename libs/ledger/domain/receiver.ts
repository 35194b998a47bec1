import type { AccountId, CustomerId } from '@mpp/kernel';
import type { LedgerAccount } from './account.js';

/** A customer to credit, and the account to prefer. */
export interface Receiver {
  readonly customer: CustomerId;
  readonly preferred: AccountId;
}

export type ReceivingCandidate = Pick<LedgerAccount, 'id' | 'customerId' | 'status' | 'createdAt'>;

/**
 * The account to credit: the preferred one if it is open, else the customer's oldest open account; null if the customer has no
 * open account. A closed or blocked account is never credited.
 */
export function receivingAccount(
  accounts: readonly ReceivingCandidate[],
  { customer, preferred }: Receiver,
): AccountId | null {
  const open = accounts.filter(({ customerId, status }) => customerId === customer && status === 'OPEN');
  if (open.some(({ id }) => id === preferred)) return preferred;
  const [oldest] = open.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
  return oldest?.id ?? null;
}
