import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { type AccountKind, CHART } from './chart.js';
import type { Turnover } from './turnover.js';

/** An account of the ledger: a customer's or a shared one. */
export interface LedgerAccount {
  readonly id: AccountId;
  readonly kind: AccountKind;
  readonly customerId: CustomerId | null;
  /** Of a CORE_CUSTOMER: the id of the account at the bank's core. */
  readonly coreAccount: string | null;
  readonly name: string;
  readonly currency: string;
  readonly status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  /** In tiyn. Null for shared accounts, which are summed from the journal. Negative only for a CORE_CUSTOMER. */
  readonly balance: bigint | null;
  readonly createdAt: Date;
}

/** An account of kind CUSTOMER as its customer sees it. */
export interface CustomerAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly currency: string;
  readonly balance: Money;
}

export function customerAccountOf({ id, name, currency, balance }: LedgerAccount): CustomerAccount {
  if (balance === null) throw new Error(`account ${id} does not belong to a customer`);
  return { id, name, currency, balance: Money.ofTiyn(balance) };
}

/** The balance in tiyn, positive on the normal side of the account's kind. */
export function normalBalance(kind: AccountKind, { debited, credited }: Turnover): bigint {
  return CHART[kind].normalSide === 'DEBIT' ? debited - credited : credited - debited;
}
