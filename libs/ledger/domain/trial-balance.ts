import type { AccountKind } from './chart.js';

/** What was ever debited and credited to all accounts of a kind, in tiyn. Sums are signed bigints, not Money. */
export interface Turnover {
  readonly account: AccountKind;
  readonly debited: bigint;
  readonly credited: bigint;
}

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
 * Balanced where debits equal credits and the balances shown to customers equal the journal. `customerBalances` is the
 * sum of what the accounts say, in tiyn.
 */
export function trialBalance(turnovers: readonly Turnover[], customerBalances: bigint): TrialBalance {
  const lines = turnovers.map(({ account, debited, credited }) => ({
    account,
    debit: debited > credited ? debited - credited : 0n,
    credit: credited > debited ? credited - debited : 0n,
  }));
  const sum = (side: 'debit' | 'credit') => lines.reduce((total, line) => total + line[side], 0n);
  const customers = lines.find((line) => line.account === 'CUSTOMER');
  const agrees = (customers?.credit ?? 0n) - (customers?.debit ?? 0n) === customerBalances;
  return { balanced: sum('debit') === sum('credit') && agrees, lines };
}
