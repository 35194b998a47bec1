import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, firstEscalation } from '@mpp/kernel';
import fc from 'fast-check';
import { overdueAlerts } from './overdue.js';

const MINUTE = 60_000;
const TAKEN = new Date('2026-03-10T06:00:00Z');
const past = (minutes: number) => addMilliseconds(TAKEN, minutes * MINUTE);
const CREDIT_BY = past(60);
const ALL = ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME', 'REFUND_OVERDUE'];
const UNSAID = { createdAt: TAKEN, creditBy: CREDIT_BY, nextEscalationAt: firstEscalation(TAKEN, CREDIT_BY) };

/** What is said at each look, in turn. */
function saidAt(looks: readonly Date[], { createdAt, creditBy }: { createdAt: Date; creditBy: Date } = UNSAID) {
  let nextEscalationAt: Date | null = firstEscalation(createdAt, creditBy);
  return looks.map((now) => {
    const { kinds, ...next } = overdueAlerts({ createdAt, creditBy, nextEscalationAt }, now);
    nextEscalationAt = next.nextEscalationAt;
    return kinds;
  });
}

describe('operators hear of a refund that is not credited (R21)', () => {
  it('first when half of its hour is gone', () => {
    expect(firstEscalation(TAKEN, CREDIT_BY)).toEqual(past(30));
  });

  it.each([
    ['REFUND_HALF_TIME', 30],
    ['REFUND_SHORT_OF_TIME', 48],
    ['REFUND_OVERDUE', 60],
  ])('%s exactly after %i minutes, not a millisecond before, and never again', (kind, minute) => {
    const earlier = minute - 6;
    const before = addMilliseconds(past(minute), -1);
    expect(saidAt([past(earlier), before, past(minute), past(minute), past(minute + 1)])).toEqual([
      expect.not.arrayContaining([kind]),
      [],
      [kind],
      [],
      [],
    ]);
  });

  it('and is looked at again when the next word is due, never after the last', () => {
    expect(overdueAlerts(UNSAID, past(29))).toEqual({ kinds: [], nextEscalationAt: past(30) });
    expect(overdueAlerts(UNSAID, past(30))).toEqual({ kinds: ['REFUND_HALF_TIME'], nextEscalationAt: past(48) });
    expect(overdueAlerts({ ...UNSAID, nextEscalationAt: past(48) }, past(50))).toEqual({
      kinds: ['REFUND_SHORT_OF_TIME'],
      nextEscalationAt: past(60),
    });
    expect(overdueAlerts({ ...UNSAID, nextEscalationAt: past(60) }, past(60))).toEqual({
      kinds: ['REFUND_OVERDUE'],
      nextEscalationAt: null,
    });
    expect(overdueAlerts({ ...UNSAID, nextEscalationAt: null }, past(600))).toEqual({
      kinds: [],
      nextEscalationAt: null,
    });
  });

  it('all at once where nobody looked for an hour, and then nothing', () => {
    expect(saidAt([past(75), past(76)])).toEqual([ALL, []]);
    expect(saidAt([past(49), past(50), past(500)])).toEqual([ALL.slice(0, 2), [], ALL.slice(2)]);
  });

  it('at the same shares of any other time that is set, down to a second', () => {
    const creditBy = addMilliseconds(TAKEN, 1000);
    const looks = [499, 500, 799, 800, 999, 1000].map((ms) => addMilliseconds(TAKEN, ms));
    const of = (kind: string) => [kind];
    expect(saidAt(looks, { createdAt: TAKEN, creditBy })).toEqual([
      [],
      of('REFUND_HALF_TIME'),
      [],
      of('REFUND_SHORT_OF_TIME'),
      [],
      of('REFUND_OVERDUE'),
    ]);
  });

  it('each word once and in order, in whatever rhythm anybody looks, and none before its time', () => {
    const time = fc.integer({ min: 1, max: 24 * 60 * MINUTE });
    const pauses = fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { maxLength: 60 });
    fc.assert(
      fc.property(time, pauses, (deadlineMs, steps) => {
        const refund = { createdAt: TAKEN, creditBy: addMilliseconds(TAKEN, deadlineMs) };
        let passed = 0;
        const looks = steps.map((step) => {
          passed += step;
          return addMilliseconds(TAKEN, passed);
        });
        const due = [50, 80, 100].map((percent) => Math.floor((deadlineMs * percent) / 100));
        const heard = saidAt(looks, refund);
        expect(heard.flat()).toEqual(ALL.filter((_, index) => passed >= (due[index] ?? 0) && looks.length > 0));
        for (const [index, kinds] of heard.entries()) {
          const at = (looks[index]?.getTime() ?? 0) - TAKEN.getTime();
          for (const kind of kinds) expect(at).toBeGreaterThanOrEqual(due[ALL.indexOf(kind)] ?? 0);
        }
      }),
    );
  });
});
