import { describe, expect, it } from '@jest/globals';
import { type AccountId, formatTiyn } from '@mpp/kernel';
import {
  balanceIn,
  type JournalRow,
  MIRROR,
  RandomJournal,
  RUNS_TIMEOUT_MS,
  turnoverIn,
} from '../../../test/support/random-journal.js';
import { ACCOUNT_KINDS, SHARED_ACCOUNTS } from '../domain/chart.js';
import type { Period, StatementPosition } from '../domain/statement.js';
import { Statements } from './statements.js';

const { FUNDING, IN_TRANSIT } = SHARED_ACCOUNTS;
const journal = new RandomJournal();

const bookedUntil = (rows: readonly JournalRow[], at: Date | null) =>
  rows.filter((row) => at === null || row.at <= at.getTime());

describe('with different clocks of the processes and seals anywhere in the journal,', () => {
  it(
    'the trial balance of any moment is the sum of the entries booked until then',
    async () => {
      const accounts = await journal.database.query<{ id: string; kind: string }>(
        'select id, kind from ledger_accounts',
      );
      const kinds = new Map(accounts.map(({ id, kind }) => [id, kind]));
      await journal.checkAfterRandomSteps(async (moments) => {
        const rows = await journal.read();
        for (const at of [...moments, null]) {
          const booked = bookedUntil(rows, at);
          const lines = ACCOUNT_KINDS.map((account) => {
            const sum = (side: 'debit' | 'credit') =>
              booked.reduce((total, row) => total + (kinds.get(row[side]) === account ? row.amount : 0n), 0n);
            const balance = sum('credit') - sum('debit');
            return { account, debit: balance < 0n ? -balance : 0n, credit: balance > 0n ? balance : 0n };
          });
          const found = await journal.balances.trialBalance(at);
          expect({ at, balanced: found.balanced, lines: found.lines }).toEqual({ at, balanced: true, lines });
        }
      });
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    'the balance of any account at any moment is the sum of its entries until then',
    async () => {
      await journal.checkAfterRandomSteps(async (moments) => {
        const rows = await journal.read();
        for (const account of journal.accounts) {
          for (const at of [...moments, null]) {
            const { balance } = await journal.balances.accountBalance(account, at);
            const expected = balanceIn(bookedUntil(rows, at), account);
            expect({ account, at, balance }).toEqual({ account, at, balance: expected });
          }
        }
      });
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    'the pages of a statement together contain each of the account’s entries of the period, with the balance after it',
    async () => {
      await journal.checkAfterRandomSteps(async (moments) => {
        const rows = await journal.read();
        const ordered = moments.toSorted((a, b) => a.getTime() - b.getTime());
        const [first, middle, last] = [0, ordered.length >> 1, ordered.length - 1].map(
          (place) => ordered[place] as Date,
        );
        const periods = [
          { from: null, to: last as Date },
          { from: first as Date, to: middle as Date },
        ];
        for (const account of [journal.accounts[0], MIRROR, IN_TRANSIT, FUNDING] as AccountId[]) {
          for (const period of periods) {
            const expected = expectedStatement(rows, account, period);
            const limit = 1 + Math.floor(expected.lines.length / 4);
            expect(await readAllPages(account, period, limit)).toEqual(expected);
          }
        }
      });
    },
    RUNS_TIMEOUT_MS,
  );
});

interface Line {
  readonly id: string;
  readonly debit: string;
  readonly credit: string;
  readonly balance: string;
}

/** The lines of all pages, and the sums of the pages, which must be the same on each. */
async function readAllPages(account: AccountId, period: Period, limit: number) {
  const statements = journal.server.app.get(Statements);
  const lines: Line[] = [];
  const sums = new Set<string>();
  let position: StatementPosition | null = null;
  do {
    const page = await statements.readStatementPage(account, period, position, limit);
    const { openingBalance, turnover, closingBalance } = page;
    sums.add([openingBalance, turnover.debited, turnover.credited, closingBalance].map(formatTiyn).join(' '));
    for (const line of page.lines) {
      lines.push({
        id: line.entryId,
        debit: formatTiyn(line.turnover.debited),
        credit: formatTiyn(line.turnover.credited),
        balance: formatTiyn(line.balance),
      });
    }
    position = page.next;
  } while (position !== null);
  return { sums: [...sums], lines };
}

function expectedStatement(rows: readonly JournalRow[], account: AccountId, { from, to }: Period) {
  const before = rows.filter((row) => from !== null && row.at < from.getTime());
  const within = rows.filter(
    (row) =>
      (row.debit === account || row.credit === account) &&
      row.at < to.getTime() &&
      (from === null || row.at >= from.getTime()),
  );
  const opening = balanceIn(before, account);
  const { debited, credited } = turnoverIn(within, account);
  let running = opening;
  const lines = within.map((row) => {
    running += balanceIn([row], account);
    return {
      id: row.id,
      debit: formatTiyn(row.debit === account ? row.amount : 0n),
      credit: formatTiyn(row.credit === account ? row.amount : 0n),
      balance: formatTiyn(running),
    };
  });
  return { sums: [[opening, debited, credited, running].map(formatTiyn).join(' ')], lines };
}
