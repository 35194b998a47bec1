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

/** The lines with a balance. */
const linesWithBalance = ({ lines }: ReturnType<typeof trialBalance>) =>
  lines.filter(({ debit, credit }) => debit !== 0n || credit !== 0n);

describe('the trial balance', () => {
  it('has one line for each kind of account, with the balance on its side', () => {
    const trial = trialBalance(BOOKS, { CUSTOMER: 70_000n });
    expect(trial.balanced).toBe(true);
    expect(trial.lines.map(({ account }) => account)).toEqual(ACCOUNT_KINDS);
    expect(linesWithBalance(trial)).toEqual([
      { account: 'CUSTOMER', debit: 0n, credit: 70_000n },
      { account: 'FUNDING', debit: 100_000n, credit: 0n },
      { account: 'IN_TRANSIT', debit: 0n, credit: 10_000n },
      { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: 20_000n },
    ]);
  });

  it('has 0 on both sides of an account with equal debits and credits', () => {
    const trial = trialBalance({ IN_TRANSIT: { debited: 30_000n, credited: 30_000n } }, {});
    expect(trial.balanced).toBe(true);
    expect(linesWithBalance(trial)).toEqual([]);
  });

  it.each([
    ['more', { debited: 500n, credited: 0n }, { debit: 500n, credit: 0n }, 20_500n],
    ['less', { debited: 0n, credited: 500n }, { debit: 0n, credit: 500n }, 19_500n],
  ])('is balanced with a difference if Kaspi claims %s than we settled', (_, moved, shown, owed) => {
    const payable = { debited: moved.credited, credited: 20_000n + moved.debited };
    const trial = trialBalance({ ...BOOKS, PAYABLE_TO_KASPI: payable, DIFFERENCES: moved }, { CUSTOMER: 70_000n });
    expect(trial.balanced).toBe(true);
    expect(linesWithBalance(trial).slice(3)).toEqual([
      { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: owed },
      { account: 'DIFFERENCES', ...shown },
    ]);
  });

  it('of an empty journal is balanced', () => {
    expect(trialBalance({}, {}).balanced).toBe(true);
  });

  it.each([70_001n, 69_999n, 0n])(
    'is not balanced if customers’ balances are %s tiyn and the journal has 70000',
    (balance) => {
      expect(trialBalance(BOOKS, { CUSTOMER: balance }).balanced).toBe(false);
    },
  );

  it('is not balanced if customers’ balances exceed an empty journal', () => {
    expect(trialBalance({}, { CUSTOMER: 1n }).balanced).toBe(false);
  });

  it('compares CUSTOMER and CORE_CUSTOMER separately, and CORE_CUSTOMER may be negative', () => {
    const books: Turnovers = {
      CORE_CUSTOMER: { debited: 500n, credited: 0n },
      IN_TRANSIT: { debited: 0n, credited: 500n },
    };
    expect(trialBalance(books, { CORE_CUSTOMER: -500n }).balanced).toBe(true);
    expect(trialBalance(books, { CUSTOMER: -500n }).balanced).toBe(false);
    expect(trialBalance(books, { CUSTOMER: -1n, CORE_CUSTOMER: -499n }).balanced).toBe(false);
  });

  it('of the past is compared without customers’ balances, which are not stored', () => {
    expect(trialBalance(BOOKS, null).balanced).toBe(true);
  });

  it('is not balanced if debits and credits differ, even if customers’ balances are right', () => {
    const books = { ...BOOKS, FUNDING: { debited: 99_999n, credited: 0n } };
    expect(trialBalance(books, { CUSTOMER: 70_000n }).balanced).toBe(false);
    expect(trialBalance(books, null).balanced).toBe(false);
  });

  it('is exact for sums beyond the safe integers of JavaScript', () => {
    const large = 9_007_199_254_740_993n;
    const books: Turnovers = { FUNDING: { debited: large, credited: 0n }, CUSTOMER: { debited: 0n, credited: large } };
    expect(trialBalance(books, { CUSTOMER: large })).toMatchObject({
      balanced: true,
      lines: expect.arrayContaining([{ account: 'FUNDING', debit: large, credit: 0n }]),
    });
    expect(trialBalance(books, { CUSTOMER: large - 1n }).balanced).toBe(false);
  });
});
