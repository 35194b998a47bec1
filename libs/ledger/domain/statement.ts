import type { AccountId } from '@mpp/kernel';
import { type LedgerAccount, normalBalance } from './account.js';
import type { AccountKind, EntryPurpose } from './chart.js';
import { minus, plus, type Turnover } from './turnover.js';

/** Entries booked at `from` or later and before `to`; `from` null means from the first entry. */
export interface Period {
  readonly from: Date | null;
  readonly to: Date;
}

/** The position of a page: all pages of a statement show the entries up to the id `horizon`. */
export interface StatementPosition {
  readonly horizon: string;
  /** The id of the last entry of the previous page; null for the first page. */
  readonly after: string | null;
}

/** An entry from the side of one of its two accounts. */
export interface Movement {
  readonly entryId: string;
  readonly purpose: EntryPurpose;
  readonly reference: string;
  readonly bookedAt: Date;
  readonly counterAccountId: AccountId;
  readonly counterKind: AccountKind;
  readonly turnover: Turnover;
}

export interface StatementLine extends Movement {
  /** After the entry, in tiyn, positive on the account's normal side. */
  readonly balance: bigint;
}

/** One page of a statement, with the sums of the whole period. */
export interface Statement {
  readonly account: LedgerAccount;
  readonly period: Period;
  readonly openingBalance: bigint;
  readonly turnover: Turnover;
  readonly closingBalance: bigint;
  readonly lines: readonly StatementLine[];
  /** The next page; null on the last page. */
  readonly next: StatementPosition | null;
}

/** Turnovers of the account by entries up to the statement's horizon. */
export interface StatementSums {
  readonly beforePeriod: Turnover;
  readonly beforeEnd: Turnover;
  /** By the entries of the period on earlier pages. */
  readonly onEarlierPages: Turnover;
}

/** Builds a page from `limit` movements, and one more if there is a next page. */
export function statementOf(
  account: LedgerAccount,
  period: Period,
  { beforePeriod, beforeEnd, onEarlierPages }: StatementSums,
  movements: readonly Movement[],
  { limit, horizon }: { limit: number; horizon: string },
): Statement {
  const balance = (turnover: Turnover) => normalBalance(account.kind, turnover);
  let running = plus(beforePeriod, onEarlierPages);
  const lines = movements.slice(0, limit).map((movement) => {
    running = plus(running, movement.turnover);
    return { ...movement, balance: balance(running) };
  });
  const last = lines.at(-1);
  return {
    account,
    period,
    openingBalance: balance(beforePeriod),
    turnover: minus(beforeEnd, beforePeriod),
    closingBalance: balance(beforeEnd),
    lines,
    next: movements.length > limit && last !== undefined ? { horizon, after: last.entryId } : null,
  };
}
