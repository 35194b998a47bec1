import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, firstEscalation } from '@mpp/kernel';
import fc from 'fast-check';
import { dueAlerts } from './owed-money.js';

const MINUTE = 60_000;
const TAKEN = new Date('2026-03-10T06:00:00Z');
const past = (minutes: number) => addMilliseconds(TAKEN, minutes * MINUTE);
const CREDIT_BY = past(60);
const ALL = ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME', 'REFUND_OVERDUE'];
const NEW = { createdAt: TAKEN, creditBy: CREDIT_BY, nextEscalationAt: firstEscalation(TAKEN, CREDIT_BY) };

/** The alerts of each escalation, in turn. */
function alertsAt(times: readonly Date[], { createdAt, creditBy }: { createdAt: Date; creditBy: Date } = NEW) {
  let nextEscalationAt: Date | null = firstEscalation(createdAt, creditBy);
  return times.map((now) => {
    const { kinds, ...next } = dueAlerts('REFUND', { createdAt, creditBy, nextEscalationAt }, now);
    nextEscalationAt = next.nextEscalationAt;
    return kinds;
  });
}

describe('the alerts about money that is not credited (R21, R41)', () => {
  it('begin when half of its hour has passed', () => {
    expect(firstEscalation(TAKEN, CREDIT_BY)).toEqual(past(30));
  });

  it.each([
    ['REFUND_HALF_TIME', 30],
    ['REFUND_SHORT_OF_TIME', 48],
    ['REFUND_OVERDUE', 60],
  ])('have %s after exactly %i minutes, not a millisecond before, and never again', (kind, minute) => {
    const earlier = minute - 6;
    const before = addMilliseconds(past(minute), -1);
    expect(alertsAt([past(earlier), before, past(minute), past(minute), past(minute + 1)])).toEqual([
      expect.not.arrayContaining([kind]),
      [],
      [kind],
      [],
      [],
    ]);
  });

  it('name the time of the next alert, and none after the last', () => {
    expect(dueAlerts('REFUND', NEW, past(29))).toEqual({ kinds: [], nextEscalationAt: past(30) });
    expect(dueAlerts('REFUND', NEW, past(30))).toEqual({ kinds: ['REFUND_HALF_TIME'], nextEscalationAt: past(48) });
    expect(dueAlerts('REFUND', { ...NEW, nextEscalationAt: past(48) }, past(50))).toEqual({
      kinds: ['REFUND_SHORT_OF_TIME'],
      nextEscalationAt: past(60),
    });
    expect(dueAlerts('REFUND', { ...NEW, nextEscalationAt: past(60) }, past(60))).toEqual({
      kinds: ['REFUND_OVERDUE'],
      nextEscalationAt: null,
    });
    expect(dueAlerts('REFUND', { ...NEW, nextEscalationAt: null }, past(600))).toEqual({
      kinds: [],
      nextEscalationAt: null,
    });
  });

  it('come all together if no escalation ran for an hour, and never again', () => {
    expect(alertsAt([past(75), past(76)])).toEqual([ALL, []]);
    expect(alertsAt([past(49), past(50), past(500)])).toEqual([ALL.slice(0, 2), [], ALL.slice(2)]);
  });

  it('come at the same percentages of any other deadline, down to one second', () => {
    const creditBy = addMilliseconds(TAKEN, 1000);
    const times = [499, 500, 799, 800, 999, 1000].map((ms) => addMilliseconds(TAKEN, ms));
    expect(alertsAt(times, { createdAt: TAKEN, creditBy })).toEqual([
      [],
      ['REFUND_HALF_TIME'],
      [],
      ['REFUND_SHORT_OF_TIME'],
      [],
      ['REFUND_OVERDUE'],
    ]);
  });

  it('come once each and in order for any rhythm of escalations, and none before its time', () => {
    const time = fc.integer({ min: 1, max: 24 * 60 * MINUTE });
    const pauses = fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { maxLength: 60 });
    fc.assert(
      fc.property(time, pauses, (deadlineMs, steps) => {
        const money = { createdAt: TAKEN, creditBy: addMilliseconds(TAKEN, deadlineMs) };
        let passed = 0;
        const times = steps.map((step) => {
          passed += step;
          return addMilliseconds(TAKEN, passed);
        });
        const due = [50, 80, 100].map((percent) => Math.floor((deadlineMs * percent) / 100));
        const raised = alertsAt(times, money);
        expect(raised.flat()).toEqual(ALL.filter((_, index) => passed >= (due[index] ?? 0) && times.length > 0));
        for (const [index, kinds] of raised.entries()) {
          const at = (times[index]?.getTime() ?? 0) - TAKEN.getTime();
          for (const kind of kinds) expect(at).toBeGreaterThanOrEqual(due[ALL.indexOf(kind)] ?? 0);
        }
      }),
    );
  });

  it('are of the kind of the debt', () => {
    expect(dueAlerts('REVERSAL', NEW, past(75)).kinds).toEqual(ALL.map((kind) => kind.replace('REFUND', 'REVERSAL')));
  });
});
