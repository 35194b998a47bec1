import { describe, expect, it } from '@jest/globals';
import { ACCOUNT_KINDS } from './chart.js';
import { type Turnovers, trialBalance } from './trial-balance.js';

/** 1000.00 deposited, of which 300.00 were paid: 200.00 of that is settled, 100.00 waits for the PS. */
const BOOKS: Turnovers = {
  FUNDING: { debited: 100_000n, credited: 0n },
  CUSTOMER: { debited: 30_000n, credited: 100_000n },
  IN_TRANSIT: { debited: 20_000n, credited: 30_000n },
  PAYABLE_TO_KASPI: { debited: 0n, credited: 20_000n },
};

/** The lines on which something stands. */
const standing = ({ lines }: ReturnType<typeof trialBalance>) =>
  lines.filter(({ debit, credit }) => debit !== 0n || credit !== 0n);

describe('the trial balance', () => {
  it('shows each kind of account once, on the side where it stands', () => {
    const trial = trialBalance(BOOKS, { CUSTOMER: 70_000n });
    expect(trial.balanced).toBe(true);
    expect(trial.lines.map(({ account }) => account)).toEqual(ACCOUNT_KINDS);
    expect(standing(trial)).toEqual([
      { account: 'CUSTOMER', debit: 0n, credit: 70_000n },
      { account: 'FUNDING', debit: 100_000n, credit: 0n },
      { account: 'IN_TRANSIT', debit: 0n, credit: 10_000n },
      { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: 20_000n },
    ]);
  });

  it('shows nothing on either side of an account where as much came as went', () => {
    const trial = trialBalance({ IN_TRANSIT: { debited: 30_000n, credited: 30_000n } }, {});
    expect(trial.balanced).toBe(true);
    expect(standing(trial)).toEqual([]);
  });

  it.each([
    ['we are said to owe', { debited: 500n, credited: 0n }, { debit: 500n, credit: 0n }, 20_500n],
    ['we are said not to owe', { debited: 0n, credited: 500n }, { debit: 0n, credit: 500n }, 19_500n],
  ])('shows what %s Kaspi and cannot explain as a difference, and stays balanced', (_, moved, shown, owed) => {
    const payable = { debited: moved.credited, credited: 20_000n + moved.debited };
    const trial = trialBalance({ ...BOOKS, PAYABLE_TO_KASPI: payable, DIFFERENCES: moved }, { CUSTOMER: 70_000n });
    expect(trial.balanced).toBe(true);
    expect(standing(trial).slice(3)).toEqual([
      { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: owed },
      { account: 'DIFFERENCES', ...shown },
    ]);
  });

  it('of books that nobody has used is balanced', () => {
    expect(trialBalance({}, {}).balanced).toBe(true);
  });

  it.each([70_001n, 69_999n, 0n])(
    'is not balanced where customers are shown %s tiyn and the journal says 70000',
    (shown) => {
      expect(trialBalance(BOOKS, { CUSTOMER: shown }).balanced).toBe(false);
    },
  );

  it('is not balanced where customers are shown money and the journal has none of theirs', () => {
    expect(trialBalance({}, { CUSTOMER: 1n }).balanced).toBe(false);
  });

  it('compares accounts at the bank’s core by themselves: what was moved on them may be below zero', () => {
    const books: Turnovers = {
      CORE_CUSTOMER: { debited: 500n, credited: 0n },
      IN_TRANSIT: { debited: 0n, credited: 500n },
    };
    expect(trialBalance(books, { CORE_CUSTOMER: -500n }).balanced).toBe(true);
    expect(trialBalance(books, { CUSTOMER: -500n }).balanced).toBe(false);
    expect(trialBalance(books, { CUSTOMER: -1n, CORE_CUSTOMER: -499n }).balanced).toBe(false);
  });

  it('of the past says nothing of balances that nobody knows any more', () => {
    expect(trialBalance(BOOKS, null).balanced).toBe(true);
  });

  it('is not balanced where debits and credits differ, even though the customers’ sum is right', () => {
    const books = { ...BOOKS, FUNDING: { debited: 99_999n, credited: 0n } };
    expect(trialBalance(books, { CUSTOMER: 70_000n }).balanced).toBe(false);
    expect(trialBalance(books, null).balanced).toBe(false);
  });

  it('holds sums beyond what a number can', () => {
    const much = 9_007_199_254_740_993n;
    const books: Turnovers = { FUNDING: { debited: much, credited: 0n }, CUSTOMER: { debited: 0n, credited: much } };
    expect(trialBalance(books, { CUSTOMER: much })).toMatchObject({
      balanced: true,
      lines: expect.arrayContaining([{ account: 'FUNDING', debit: much, credit: 0n }]),
    });
    expect(trialBalance(books, { CUSTOMER: much - 1n }).balanced).toBe(false);
  });
});
