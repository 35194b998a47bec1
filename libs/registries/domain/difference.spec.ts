import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Difference, decideDifference, situationOf } from './difference.js';
import { SETTLE_ACTIONS, type SettleAction } from './discrepancy.js';

/** A payment of 100.00 that the books have as owed, and Kaspi too. */
const AGREED: Difference = {
  ...{
    kind: 'AMOUNT_MISMATCH',
    type: 'PURCHASE',
    contradiction: false,
    known: true,
    listedOnly: false,
    inDoubt: false,
  },
  ...{ amount: 10_000n, listed: 10_000n, booked: 10_000n, feeAbove: 0n, refunded: 0n, customerHas: 10_000n },
  ...{ namedHas: 0n, paid: null },
};
const conflict = expect.objectContaining({ code: 'STATE_CONFLICT' });

describe('an action', () => {
  it.each<[string, Partial<Difference>, readonly SettleAction[]]>([
    ['what Kaspi has more of', { listed: 11_000n }, ['TAKE_UP', 'BOOK_DIFFERENCE', 'EXPLAIN']],
    ['what Kaspi has less of', { listed: 9_000n }, ['GIVE_BACK', 'BOOK_DIFFERENCE', 'EXPLAIN']],
    ['a payment in doubt', { kind: 'STATUS_MISMATCH', inDoubt: true }, ['CONFIRM', 'GIVE_BACK', 'EXPLAIN']],
    ['another customer', { kind: 'CUSTOMER_MISMATCH' }, ['TAKE_UP', 'GIVE_BACK', 'EXPLAIN']],
    ['a fee', { kind: 'FEE_MISMATCH', feeAbove: 5n }, ['TAKE_UP', 'BOOK_DIFFERENCE', 'EXPLAIN']],
    ['a second row', { kind: 'DUPLICATE_ROW' }, ['BOOK_DIFFERENCE', 'EXPLAIN']],
    ['totals', { kind: 'TOTAL_MISMATCH' }, ['EXPLAIN']],
    [
      'a refusal of Kaspi after a confirmation',
      { kind: 'STATUS_MISMATCH', contradiction: true, listed: 0n, booked: 0n },
      ['GIVE_BACK', 'CONFIRM', 'BOOK_DIFFERENCE', 'EXPLAIN'],
    ],
  ])('ends %s, or is refused', (_, given, allowed) => {
    for (const action of SETTLE_ACTIONS) {
      const decide = () => decideDifference({ ...AGREED, ...given }, action, true);
      if (allowed.includes(action)) expect(decide).not.toThrow();
      else expect(decide).toThrow(conflict);
    }
  });

  it('never debits a customer without an account, and never gives and takes what is not there', () => {
    const missing = {
      ...AGREED,
      kind: 'MISSING_AT_MPP',
      known: false,
      booked: 0n,
      amount: 0n,
      customerHas: 0n,
    } as const;
    expect(decideDifference(missing, 'TAKE_UP', false)).toMatchObject({ owedChange: 10_000n, debit: 0n });
    expect(decideDifference(missing, 'TAKE_UP', true)).toMatchObject({ owedChange: 10_000n, debit: 10_000n });
    const refunded = { ...AGREED, listed: 0n, refunded: 10_000n, customerHas: 0n };
    expect(() => decideDifference(refunded, 'GIVE_BACK', false)).toThrow(conflict);
    const refund = { ...AGREED, type: 'REFUND', listed: 0n } as const;
    expect(() => decideDifference(refund, 'GIVE_BACK', false)).toThrow(conflict);
  });
});

it('Whatever Kaspi and the books have, what is owed becomes what Kaspi has, and the customer bears what Kaspi has less refunds', () => {
  const tiyn = fc.bigInt({ min: 0n, max: 20_000n });
  const differences = fc.record({
    listed: tiyn,
    booked: tiyn,
    refunded: tiyn,
    customerHas: tiyn,
    action: fc.constantFrom(...SETTLE_ACTIONS),
  });
  fc.assert(
    fc.property(differences, ({ action, ...given }) => {
      const difference = { ...AGREED, ...given };
      if (action === 'EXPLAIN') return;
      let decision: ReturnType<typeof decideDifference>;
      try {
        decision = decideDifference(difference, action, true);
      } catch (error) {
        expect(error).toEqual(conflict);
        return;
      }
      const { listed, booked, refunded, customerHas } = difference;
      expect(booked + decision.owedChange).toBe(listed);
      expect(decision.adjustedTo).toBe(listed);
      const bears = customerHas + decision.debit - decision.credit;
      if (action === 'BOOK_DIFFERENCE') expect(bears).toBe(customerHas);
      else expect(bears).toBe(listed > refunded ? listed - refunded : 0n);
      expect(situationOf(difference)).toBe(listed > booked ? 'KASPI_HAS_MORE' : 'KASPI_HAS_LESS');
    }),
  );
});
