import { describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { RULES, SCANNED_AT, scanned } from '../../../test/support/payments.js';
import { isPastExpiry } from './confirm.js';
import { lastMoment } from './deadline.js';

const MINUTE = 60_000;
const ANSWERED_AT = SCANNED_AT;
const later = (milliseconds: number) => addMilliseconds(ANSWERED_AT, milliseconds);

describe('the last moment for a confirm (R16)', () => {
  it.each([
    ['2 s before the PS’s deadline', later(5 * MINUTE), RULES, later(5 * MINUTE - 2000)],
    [
      'at the PS’s deadline itself, if the bank sets no margin',
      later(5 * MINUTE),
      { ...RULES, marginMs: 0 },
      later(5 * MINUTE),
    ],
    ['later than our own limit, if the PS gives more time', later(150 * MINUTE), RULES, later(150 * MINUTE - 2000)],
    ['earlier than our own limit, if the PS gives less time', later(1 * MINUTE), RULES, later(1 * MINUTE - 2000)],
    ['already over, if the PS’s deadline is over or nearly over', later(1999), RULES, later(-1)],
    ['15 minutes after the PS’s answer, if it named no deadline (R8)', null, RULES, later(15 * MINUTE)],
    ['our own limit to the millisecond, without any margin', null, { marginMs: 5000, ttlMs: 1 }, later(1)],
  ])('is %s', (_, confirmUntil, rules, expected) => {
    expect(lastMoment(confirmUntil, ANSWERED_AT, rules)).toEqual(expected);
  });

  it('counts from the PS’s last answer, not the first, if it named no deadline', () => {
    expect(lastMoment(null, later(60 * MINUTE), RULES)).toEqual(later(75 * MINUTE));
  });

  it('is in time itself; the next millisecond is not', () => {
    const last = later(5 * MINUTE);
    const payment = scanned('Dynamic', { expiresAt: last });
    expect(isPastExpiry(payment, addMilliseconds(last, -1))).toBe(false);
    expect(isPastExpiry(payment, last)).toBe(false);
    expect(isPastExpiry(payment, addMilliseconds(last, 1))).toBe(true);
  });

  it('does not exist for a payment that waits for no confirm', () => {
    expect(isPastExpiry(scanned('Dynamic', { expiresAt: null }), later(1_000_000 * MINUTE))).toBe(false);
  });
});
