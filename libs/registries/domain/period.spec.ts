import { describe, expect, it } from '@jest/globals';
import { addDays } from '@mpp/kernel';
import fc from 'fast-check';
import { MARCH_2026 as CALENDAR, day, range } from '../../../test/support/calendar.js';
import { dueOf, groupBefore, groupOf, periodOf } from './period.js';
import { REGISTRY_KINDS } from './registry-row.js';

describe('a daily registry', () => {
  it.each([
    ['Tuesday’s is about Monday', '2026-03-02', '2026-03-02', '2026-03-02', '2026-03-03'],
    ['Friday’s is about Thursday', '2026-03-05', '2026-03-05', '2026-03-05', '2026-03-06'],
    ['Monday’s is about Friday, Saturday and Sunday', '2026-02-28', '2026-02-27', '2026-03-01', '2026-03-02'],
    ['with Monday off, Tuesday’s is about four days', '2026-03-07', '2026-03-06', '2026-03-09', '2026-03-10'],
    ['after the Nauryz it is about six days', '2026-03-24', '2026-03-20', '2026-03-25', '2026-03-26'],
  ])('%s', (_, one, from, to, due) => {
    const group = groupOf('DAILY', day(one), CALENDAR);
    expect(group).toEqual({ from, to });
    expect(dueOf(group, 12, CALENDAR)).toEqual(new Date(`${due}T07:00:00Z`));
  });

  it('without operations covers the days that ended before the day on which it was received', () => {
    expect(groupBefore('DAILY', day('2026-03-10'), CALENDAR)).toEqual(range('2026-03-06', '2026-03-09'));
    expect(groupBefore('DAILY', day('2026-03-07'), CALENDAR)).toEqual(range('2026-03-05', '2026-03-05'));
  });
});

describe('a monthly registry', () => {
  it('is due on the first working day after its month', () => {
    // The 1st of March is a Sunday.
    expect(dueOf(range('2026-02-01', '2026-02-28'), 9, CALENDAR)).toEqual(new Date('2026-03-02T04:00:00Z'));
  });

  it('without operations covers the month before the one in which it was received', () => {
    expect(groupBefore('MONTHLY', day('2026-03-02'), CALENDAR)).toEqual(range('2026-02-01', '2026-02-28'));
  });
});

describe('with any calendar', () => {
  const days = fc.integer({ min: 0, max: 400 }).map((number) => addDays(day('2026-01-01'), number));
  const kinds = fc.constantFrom(...REGISTRY_KINDS);

  it('each day is in exactly one group, and a group begins where the previous one ends', () => {
    fc.assert(
      fc.property(kinds, days, (kind, one) => {
        const group = groupOf(kind, one, CALENDAR);
        expect(group.from <= one && one <= group.to).toBe(true);
        expect(groupOf(kind, group.from, CALENDAR)).toEqual(group);
        expect(groupOf(kind, group.to, CALENDAR)).toEqual(group);
        expect(addDays(groupBefore(kind, one, CALENDAR).to, 1)).toBe(group.from);
      }),
    );
  });

  it('a period consists of whole groups and contains every operation that is not near midnight', () => {
    const near = fc.nat(31).map((offset) => addDays(day('2026-02-20'), offset));
    const counts = fc.record({ first: fc.nat(2), between: fc.nat(2), last: fc.nat(2), day: near });
    fc.assert(
      fc.property(kinds, fc.array(counts, { maxLength: 3 }), (kind, some) => {
        const period = periodOf(kind, some, CALENDAR);
        const operations = some.filter(({ first, between, last }) => first + between + last > 0);
        if (period === null) return expect(operations).toEqual([]);
        expect(groupOf(kind, period.from, CALENDAR).from).toBe(period.from);
        expect(groupOf(kind, period.to, CALENDAR).to).toBe(period.to);
        for (const one of some.filter(({ between }) => between > 0))
          expect(period.from <= one.day && one.day <= period.to).toBe(true);
      }),
    );
  });
});
