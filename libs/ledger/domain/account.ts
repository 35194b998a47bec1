import type { AccountId, CustomerId } from '@mpp/kernel';
import { type AccountKind, CHART } from './chart.js';
import type { Turnover } from './turnover.js';

/** An account as the books know it, a customer's or a shared one. */
export interface LedgerAccount {
  readonly id: AccountId;
  readonly kind: AccountKind;
  readonly customerId: CustomerId | null;
  /** Of a mirror: the account at the bank's core, as the core calls it. */
  readonly coreAccount: string | null;
  readonly name: string;
  readonly currency: string;
  readonly status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  /** In tiyn. Of customers only; shared accounts are summed from the journal. Below zero only at the bank's core. */
  readonly balance: bigint | null;
  readonly createdAt: Date;
}

/** The balance in tiyn, positive on the side where an account of this kind stands. */
export function balanceOn(kind: AccountKind, { debited, credited }: Turnover): bigint {
  return CHART[kind].normalSide === 'DEBIT' ? debited - credited : credited - debited;
}
