import { describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { doubtAlertsDueBefore, dueDoubtAlerts } from './doubt.js';

const SINCE = new Date('2026-03-10T06:00:00Z');
const HOUR = 3_600_000;

describe('a payment in doubt', () => {
  it.each([
    ['a moment before an hour', HOUR - 1, []],
    ['after an hour', HOUR, ['PAYMENT_IN_DOUBT_1_HOUR']],
    ['a moment before four hours', 4 * HOUR - 1, ['PAYMENT_IN_DOUBT_1_HOUR']],
    ['after four hours', 4 * HOUR, ['PAYMENT_IN_DOUBT_1_HOUR', 'PAYMENT_IN_DOUBT_4_HOURS']],
    ['after a day', 24 * HOUR, ['PAYMENT_IN_DOUBT_1_HOUR', 'PAYMENT_IN_DOUBT_4_HOURS', 'PAYMENT_IN_DOUBT_24_HOURS']],
  ])('%s', (_, ageMs, kinds) => {
    const now = addMilliseconds(SINCE, ageMs);
    expect(dueDoubtAlerts(SINCE, now)).toEqual(kinds);
    expect(SINCE <= doubtAlertsDueBefore(now)).toBe(kinds.length > 0);
  });
});
