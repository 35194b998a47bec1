import { ACCOUNT_KINDS, type AccountKind, isCustomerKind } from './chart.js';
import { NO_TURNOVER, type Turnover } from './turnover.js';

export type Turnovers = Readonly<Partial<Record<AccountKind, Turnover>>>;
/** The sum of the customers' balances by kind of account, in tiyn. */
export type CustomerBalances = Readonly<Partial<Record<AccountKind, bigint>>>;

export interface TrialBalanceLine {
  readonly account: AccountKind;
  /** In tiyn; one of the two sides is 0. */
  readonly debit: bigint;
  readonly credit: bigint;
}

export interface TrialBalance {
  readonly balanced: boolean;
  readonly lines: readonly TrialBalanceLine[];
}

/**
 * One line for each kind of account. It is balanced if debits equal credits and the customers' balances equal the journal.
 * Balances of the past are not stored: `customerBalances` is null then, and only debits and credits are compared.
 */
export function trialBalance(turnovers: Turnovers, customerBalances: CustomerBalances | null): TrialBalance {
  const lines = ACCOUNT_KINDS.map((account) => {
    const { debited, credited } = turnovers[account] ?? NO_TURNOVER;
    return {
      account,
      debit: debited > credited ? debited - credited : 0n,
      credit: credited > debited ? credited - debited : 0n,
    };
  });
  const sum = (side: 'debit' | 'credit') => lines.reduce((total, line) => total + line[side], 0n);
  const balancesAgree =
    customerBalances === null ||
    lines.every(
      ({ account, debit, credit }) => !isCustomerKind(account) || credit - debit === (customerBalances[account] ?? 0n),
    );
  return { balanced: sum('debit') === sum('credit') && balancesAgree, lines };
}
