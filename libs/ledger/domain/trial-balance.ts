import { ACCOUNT_KINDS, type AccountKind, isOfCustomers } from './chart.js';
import { NOTHING, type Turnover } from './turnover.js';

export type Turnovers = Readonly<Partial<Record<AccountKind, Turnover>>>;
/** By kind, the sum in tiyn of what customers' accounts say of themselves. */
export type CustomerBalances = Readonly<Partial<Record<AccountKind, bigint>>>;

export interface TrialBalanceLine {
  readonly account: AccountKind;
  /** The balance, in tiyn, on the side where it stands. */
  readonly debit: bigint;
  readonly credit: bigint;
}

export interface TrialBalance {
  readonly balanced: boolean;
  readonly lines: readonly TrialBalanceLine[];
}

/**
 * One line for each kind of account. Balanced where debits equal credits and the balances shown to customers equal the
 * journal; what was shown to them in the past nobody knows, so `customerBalances` is null then.
 */
export function trialBalance(turnovers: Turnovers, customerBalances: CustomerBalances | null): TrialBalance {
  const lines = ACCOUNT_KINDS.map((account) => {
    const { debited, credited } = turnovers[account] ?? NOTHING;
    return {
      account,
      debit: debited > credited ? debited - credited : 0n,
      credit: credited > debited ? credited - debited : 0n,
    };
  });
  const sum = (side: 'debit' | 'credit') => lines.reduce((total, line) => total + line[side], 0n);
  const agrees =
    customerBalances === null ||
    lines.every(
      ({ account, debit, credit }) => !isOfCustomers(account) || credit - debit === (customerBalances[account] ?? 0n),
    );
  return { balanced: sum('debit') === sum('credit') && agrees, lines };
}
