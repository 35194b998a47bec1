import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@mpp/kernel';
import fc from 'fast-check';
import {
  agrees,
  decideSettlement,
  notNetted,
  outstanding,
  owed,
  type SettledDay,
  type Settlement,
  settled,
} from './settlement.js';

function day(payments: bigint, refunds: bigint, changes: Partial<SettledDay> = {}): SettledDay {
  const sum = (amount: bigint) => ({ count: amount === 0n ? 0 : 1, amount });
  return {
    day: '2026-03-10',
    payments: sum(payments),
    refunds: sum(refunds),
    registry: null,
    settlements: [],
    ...changes,
  };
}

function paid(amount: bigint, netted: bigint, standing = { amount, netted }): Settlement {
  const reference = `bank-${amount}`;
  const about = { id: reference, day: '2026-03-10', reference, settledBy: 'aigerim', settledAt: new Date(0) };
  return { ...about, amount, netted, standing };
}

/** The refunds that come off, or what is said instead. */
function decided(one: SettledDay, amount: bigint): bigint | string {
  try {
    return decideSettlement(one, amount);
  } catch (error) {
    return (error as DomainError).facts.detail?.ru ?? '';
  }
}

const NOTHING = 'За этот день расчёты с Kaspi завершены: платить нечего.';
const left = (amount: string) => `За этот день осталось ${amount}: сумма должна быть с тем же знаком и не больше.`;

describe('A day of 100.00 bought and 30.00 refunded', () => {
  const one = day(10_000n, 3_000n);

  it('is owed with 70.00', () => {
    expect(owed(one)).toBe(7_000n);
    expect(outstanding(one)).toBe(7_000n);
  });

  it('is settled with 70.00, and the refunds come off with it', () => {
    expect(decided(one, 7_000n)).toBe(3_000n);
  });

  it('may be settled in parts, and the refunds come off with the first of them', () => {
    expect(decided(one, 2_000n)).toBe(3_000n);
    expect(decided({ ...one, settlements: [paid(2_000n, 3_000n)] }, 5_000n)).toBe(0n);
  });

  it.each([7_001n, 0n, -1n, -7_000n])('is not settled with %s tiyn', (amount) => {
    expect(decided(one, amount)).toBe(left('70.00'));
  });

  it('is open again where accounting took the payment back', () => {
    const corrected = { ...one, settlements: [paid(7_000n, 3_000n, { amount: 0n, netted: 3_000n })] };
    expect(settled(corrected)).toBe(0n);
    expect(decided(corrected, 7_000n)).toBe(0n);
  });
});

describe('A day', () => {
  it('with more refunds than payments is paid by Kaspi: with a minus, and no more than that', () => {
    const one = day(1_000n, 13_000n);
    expect(decided(one, -12_000n)).toBe(13_000n);
    expect(decided(one, -12_001n)).toBe(left('-120.00'));
    expect(decided(one, 12_000n)).toBe(left('-120.00'));
  });

  it('whose refunds are its payments has them taken off with nothing to pay', () => {
    const one = day(1_000n, 1_000n);
    expect(decided(one, 0n)).toBe(1_000n);
    expect(decided(one, 1n)).toBe(left('0.00'));
    expect(decided({ ...one, settlements: [paid(0n, 1_000n)] }, 0n)).toBe(NOTHING);
  });

  it.each([0n, 1n, -1n])('on which nothing happened is not settled, not with %s tiyn either', (amount) => {
    expect(decided(day(0n, 0n), amount)).toBe(NOTHING);
  });

  it('agrees with its registry where both have as many operations and as much money', () => {
    const one = day(10_000n, 3_000n);
    const { payments, refunds } = one;
    expect(agrees(one)).toBeNull();
    expect(agrees({ ...one, registry: { id: 'r', payments, refunds } })).toBe(true);
    expect(agrees({ ...one, registry: { id: 'r', payments: { ...payments, count: 2 }, refunds } })).toBe(false);
    expect(agrees({ ...one, registry: { id: 'r', payments, refunds: { ...refunds, amount: 2_999n } } })).toBe(false);
  });
});

it('Whatever comes in and is paid in whatever order, what is paid never passes what was owed, and all of it can be paid', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
  const step = fc.record({
    payments: amount,
    refunds: amount,
    pays: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      let one = day(0n, 0n);
      const pay = (pays: bigint) => {
        const before = outstanding(one);
        const netted = decideSettlement(one, pays);
        one = { ...one, settlements: [...one.settlements, paid(pays, netted)] };
        expect(outstanding(one) * before >= 0n).toBe(true);
        expect(notNetted(one)).toBe(0n);
      };
      for (const { payments, refunds, pays } of steps) {
        const more = day(one.payments.amount + payments, one.refunds.amount + refunds);
        one = { ...more, settlements: one.settlements };
        try {
          pay(pays);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
      }
      if (outstanding(one) !== 0n || notNetted(one) !== 0n) pay(outstanding(one));
      expect(settled(one)).toBe(owed(one));
    }),
  );
});
