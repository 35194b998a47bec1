import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@mpp/kernel';
import fc from 'fast-check';
import { day as businessDay } from '../../../test/support/calendar.js';
import {
  agreesWithRegistry,
  decideSettlement,
  outstandingAmount,
  owedAmount,
  refundsToNet,
  type SettledDay,
  type Settlement,
  settledAmount,
} from './settlement.js';

const DAY = businessDay('2026-03-10');

function day(payments: bigint, refunds: bigint, changes: Partial<SettledDay> = {}): SettledDay {
  const sum = (amount: bigint) => ({ count: amount === 0n ? 0 : 1, amount });
  return {
    day: DAY,
    payments: sum(payments),
    refunds: sum(refunds),
    registry: null,
    settlements: [],
    ...changes,
  };
}

function settlement(amount: bigint, netted: bigint, amountInJournal = amount): Settlement {
  const reference = `bank-${amount}`;
  const booked = { id: reference, day: DAY, reference, settledBy: 'aigerim', settledAt: new Date(0) };
  return { ...booked, amount, netted, amountInJournal, nettedInJournal: netted };
}

/** The refunds to net, or the text of the refusal. */
function nettedOrRefusal(one: SettledDay, amount: bigint): bigint | string {
  try {
    return decideSettlement(one, amount);
  } catch (error) {
    return (error as DomainError).facts.detail?.ru ?? '';
  }
}

const NOTHING_OUTSTANDING = 'За этот день расчёты с Kaspi завершены: платить нечего.';
const exceeds = (amount: string) => `За этот день осталось ${amount}: сумма должна быть с тем же знаком и не больше.`;

describe('A day with payments of 100.00 and refunds of 30.00', () => {
  const one = day(10_000n, 3_000n);

  it('owes 70.00', () => {
    expect(owedAmount(one)).toBe(7_000n);
    expect(outstandingAmount(one)).toBe(7_000n);
  });

  it('is settled with 70.00, and the refunds are netted', () => {
    expect(nettedOrRefusal(one, 7_000n)).toBe(3_000n);
  });

  it('may be settled in parts, and the first nets the refunds', () => {
    expect(nettedOrRefusal(one, 2_000n)).toBe(3_000n);
    expect(nettedOrRefusal({ ...one, settlements: [settlement(2_000n, 3_000n)] }, 5_000n)).toBe(0n);
  });

  it.each([7_001n, 0n, -1n, -7_000n])('is not settled with %s tiyn', (amount) => {
    expect(nettedOrRefusal(one, amount)).toBe(exceeds('70.00'));
  });

  it('is outstanding again if accounting corrected the payout', () => {
    const corrected = { ...one, settlements: [settlement(7_000n, 3_000n, 0n)] };
    expect(settledAmount(corrected)).toBe(0n);
    expect(nettedOrRefusal(corrected, 7_000n)).toBe(0n);
  });
});

describe('A day', () => {
  it('with more refunds than payments is paid by Kaspi: a negative amount, at most the difference', () => {
    const one = day(1_000n, 13_000n);
    expect(nettedOrRefusal(one, -12_000n)).toBe(13_000n);
    expect(nettedOrRefusal(one, -12_001n)).toBe(exceeds('-120.00'));
    expect(nettedOrRefusal(one, 12_000n)).toBe(exceeds('-120.00'));
  });

  it('with equal refunds and payments has them netted without a payment', () => {
    const one = day(1_000n, 1_000n);
    expect(nettedOrRefusal(one, 0n)).toBe(1_000n);
    expect(nettedOrRefusal(one, 1n)).toBe(exceeds('0.00'));
    expect(nettedOrRefusal({ ...one, settlements: [settlement(0n, 1_000n)] }, 0n)).toBe(NOTHING_OUTSTANDING);
  });

  it.each([0n, 1n, -1n])('without operations is not settled with %s tiyn', (amount) => {
    expect(nettedOrRefusal(day(0n, 0n), amount)).toBe(NOTHING_OUTSTANDING);
  });

  it('agrees with its registry if the numbers and the sums of operations are equal', () => {
    const one = day(10_000n, 3_000n);
    const { payments, refunds } = one;
    expect(agreesWithRegistry(one)).toBeNull();
    expect(agreesWithRegistry({ ...one, registry: { id: 'r', payments, refunds } })).toBe(true);
    expect(agreesWithRegistry({ ...one, registry: { id: 'r', payments: { ...payments, count: 2 }, refunds } })).toBe(
      false,
    );
    expect(
      agreesWithRegistry({ ...one, registry: { id: 'r', payments, refunds: { ...refunds, amount: 2_999n } } }),
    ).toBe(false);
  });
});

it('In any order of operations and settlements, at most the owed amount is paid, and all of it can be paid', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
  const step = fc.record({
    payments: amount,
    refunds: amount,
    payment: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      let one = day(0n, 0n);
      const pay = (amountPaid: bigint) => {
        const before = outstandingAmount(one);
        const netted = decideSettlement(one, amountPaid);
        one = { ...one, settlements: [...one.settlements, settlement(amountPaid, netted)] };
        expect(outstandingAmount(one) * before >= 0n).toBe(true);
        expect(refundsToNet(one)).toBe(0n);
      };
      for (const { payments, refunds, payment } of steps) {
        const more = day(one.payments.amount + payments, one.refunds.amount + refunds);
        one = { ...more, settlements: one.settlements };
        try {
          pay(payment);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
      }
      if (outstandingAmount(one) !== 0n || refundsToNet(one) !== 0n) pay(outstandingAmount(one));
      expect(settledAmount(one)).toBe(owedAmount(one));
    }),
  );
});
