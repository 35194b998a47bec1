import type { AccountId, CustomerId, Money } from '@mpp/kernel';
import type { AccountKind } from './chart.js';

/** An account as the books know it, a customer's or a shared one. */
export interface LedgerAccount {
  readonly id: AccountId;
  readonly kind: AccountKind;
  readonly customerId: CustomerId | null;
  readonly name: string;
  readonly currency: string;
  readonly status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  /** Of customers only; shared accounts are summed from the journal. */
  readonly balance: Money | null;
  readonly createdAt: Date;
}
