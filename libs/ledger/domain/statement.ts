import type { AccountId } from '@mpp/kernel';
import { balanceOn, type LedgerAccount } from './account.js';
import type { AccountKind, EntryPurpose } from './chart.js';
import { minus, plus, type Turnover } from './turnover.js';

/** Entries booked at `from` or later and before `to`; null: from the beginning on. */
export interface Period {
  readonly from: Date | null;
  readonly to: Date;
}

/** Where the pages of one statement stand: all of them show the journal up to one id, and what comes later to none. */
export interface StatementPosition {
  readonly horizon: string;
  /** The id of the last entry on the page before; null on the first page. */
  readonly after: string | null;
}

/** One entry as one of its two accounts sees it. */
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
  /** After it, in tiyn, on the account's normal side. */
  readonly balance: bigint;
}

/** A page of it; the sums are those of the whole period. */
export interface Statement {
  readonly account: LedgerAccount;
  readonly period: Period;
  readonly opening: bigint;
  readonly moved: Turnover;
  readonly closing: bigint;
  readonly lines: readonly StatementLine[];
  /** Null where this page is the last one. */
  readonly next: StatementPosition | null;
}

/** What the journal says of the account, up to the statement's horizon: of all entries that ever were, by their booking. */
export interface StatementSums {
  readonly beforePeriod: Turnover;
  readonly beforeEnd: Turnover;
  /** Of the period's entries those on earlier pages. */
  readonly onEarlierPages: Turnover;
}

/** Puts the page together; `movements` are those of the page and, where there is another one, the first of that. */
export function statementOf(
  account: LedgerAccount,
  period: Period,
  { beforePeriod, beforeEnd, onEarlierPages }: StatementSums,
  movements: readonly Movement[],
  { limit, horizon }: { limit: number; horizon: string },
): Statement {
  const balance = (turnover: Turnover) => balanceOn(account.kind, turnover);
  let soFar = plus(beforePeriod, onEarlierPages);
  const lines = movements.slice(0, limit).map((movement) => {
    soFar = plus(soFar, movement.turnover);
    return { ...movement, balance: balance(soFar) };
  });
  const last = lines.at(-1);
  return {
    account,
    period,
    opening: balance(beforePeriod),
    moved: minus(beforeEnd, beforePeriod),
    closing: balance(beforeEnd),
    lines,
    next: movements.length > limit && last !== undefined ? { horizon, after: last.entryId } : null,
  };
}
