import type { CreditOrder, Movement } from '@mpp/core-banking';
import type { Tx } from '@mpp/platform';
import type { CreditDecision } from '../domain/credit.js';
import type { Debt, OwedMoney } from '../domain/owed-money.js';

/** Locked money and the decision about it. */
export interface DecidedCredit<Owed extends OwedMoney> {
  readonly before: Owed;
  readonly decision: CreditDecision;
}

/** What crediting has to know of one kind of debt. Refunds and reversals implement it, each in its own lib. */
export interface CreditSource<Owed extends OwedMoney> {
  readonly debt: Debt;
  /** Of the message that waits until the money is credited; its key is the money's id. */
  readonly topic: string;
  readOwed(id: string): Promise<Owed>;
  /** Locks the money until the transaction ends, always in the same order. */
  lockOwed(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Owed>>;
  /** What a core is requested to do; `debit` is the payment's debit at a core, if there is one. */
  orderOf(owed: Owed, debit: Movement | null): Pick<CreditOrder, 'reference' | 'description' | 'debitId'>;
  /** Writes rows, journal entries, alerts and events for customers. */
  writeCredits(tx: Tx, credits: readonly DecidedCredit<Owed>[]): Promise<void>;
}
