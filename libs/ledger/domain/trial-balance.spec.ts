import { describe, expect, it } from '@jest/globals';
import { type Turnover, trialBalance } from './trial-balance.js';

/** 1000.00 deposited, of which 300.00 were paid: 200.00 of that is settled, 100.00 waits for the PS. */
const BOOKS: readonly Turnover[] = [
  { account: 'FUNDING', debited: 100_000n, credited: 0n },
  { account: 'CUSTOMER', debited: 30_000n, credited: 100_000n },
  { account: 'IN_TRANSIT', debited: 20_000n, credited: 30_000n },
  { account: 'PAYABLE_TO_KASPI', debited: 0n, credited: 20_000n },
];

describe('the trial balance', () => {
  it('shows each kind of account once, on the side where it stands', () => {
    expect(trialBalance(BOOKS, 70_000n)).toEqual({
      balanced: true,
      lines: [
        { account: 'FUNDING', debit: 100_000n, credit: 0n },
        { account: 'CUSTOMER', debit: 0n, credit: 70_000n },
        { account: 'IN_TRANSIT', debit: 0n, credit: 10_000n },
        { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: 20_000n },
      ],
    });
  });

  it('shows nothing on either side of an account where as much came as went', () => {
    const settled: Turnover = { account: 'IN_TRANSIT', debited: 30_000n, credited: 30_000n };
    expect(trialBalance([settled], 0n)).toEqual({
      balanced: true,
      lines: [{ account: 'IN_TRANSIT', debit: 0n, credit: 0n }],
    });
  });

  it.each([
    ['we are said to owe', { debited: 500n, credited: 0n }, { debit: 500n, credit: 0n }, 20_500n],
    ['we are said not to owe', { debited: 0n, credited: 500n }, { debit: 0n, credit: 500n }, 19_500n],
  ])('shows what %s Kaspi and cannot explain as a difference, and stays balanced', (_, moved, shown, owed) => {
    const [kaspi, others] = [BOOKS[3], BOOKS.slice(0, 3)];
    const payable: Turnover = {
      account: 'PAYABLE_TO_KASPI',
      debited: moved.credited,
      credited: (kaspi?.credited ?? 0n) + moved.debited,
    };
    const { balanced, lines } = trialBalance([...others, payable, { account: 'DIFFERENCES', ...moved }], 70_000n);
    expect(balanced).toBe(true);
    expect(lines.slice(3)).toEqual([
      { account: 'PAYABLE_TO_KASPI', debit: 0n, credit: owed },
      { account: 'DIFFERENCES', ...shown },
    ]);
  });

  it('of books that nobody has used is balanced', () => {
    expect(trialBalance([], 0n)).toEqual({ balanced: true, lines: [] });
  });

  it.each([70_001n, 69_999n, 0n])(
    'is not balanced where customers are shown %s tiyn and the journal says 70000',
    (shown) => {
      expect(trialBalance(BOOKS, shown).balanced).toBe(false);
    },
  );

  it('is not balanced where customers are shown money and the journal has none of theirs', () => {
    expect(trialBalance([], 1n).balanced).toBe(false);
  });

  it('is not balanced where debits and credits differ, even though the customers’ sum is right', () => {
    const [funding, ...others] = BOOKS;
    const books = [{ account: 'FUNDING', debited: 99_999n, credited: funding?.credited ?? 0n } as const, ...others];
    expect(trialBalance(books, 70_000n).balanced).toBe(false);
  });

  it('holds sums beyond what a number can', () => {
    const much = 9_007_199_254_740_993n;
    const books: Turnover[] = [
      { account: 'FUNDING', debited: much, credited: 0n },
      { account: 'CUSTOMER', debited: 0n, credited: much },
    ];
    expect(trialBalance(books, much)).toMatchObject({ balanced: true, lines: [{ debit: much }, { credit: much }] });
    expect(trialBalance(books, much - 1n).balanced).toBe(false);
  });
});
