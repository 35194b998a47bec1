import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { day, range } from '../../test/support/calendar.js';
import { addDays, businessDay, businessDayOf, daysOf, instantAtHour, monthOf } from './business-day.js';

const instants = fc.date({ min: new Date('2005-01-01Z'), max: new Date('2099-12-31Z'), noInvalidDate: true });

describe('a business day (the date in Almaty)', () => {
  it('is the same as with current time zone data, at any instant', () => {
    fc.assert(
      fc.property(instants, (at) => {
        expect(businessDayOf(at)).toBe(DateTime.fromJSDate(at, { zone: 'Asia/Almaty' }).toISODate());
      }),
    );
  });

  it.each([
    ['2026-03-08T18:59:59.999Z', '2026-03-08'],
    ['2026-03-08T19:00:00.000Z', '2026-03-09'],
    // UTC+6, until the clocks went back to 23:00 at the end of February 2024.
    ['2024-02-28T18:00:00.000Z', '2024-02-29'],
    ['2024-02-29T17:59:59.999Z', '2024-02-29'],
    ['2024-02-29T18:59:59.999Z', '2024-02-29'],
    ['2024-02-29T19:00:00.000Z', '2024-03-01'],
  ])('at %s is %s', (at, expected) => {
    expect(businessDayOf(new Date(at))).toBe(expected);
  });

  it('begins at midnight and contains each of its hours', () => {
    expect(instantAtHour(day('2026-03-10'), 12)).toEqual(new Date('2026-03-10T07:00:00Z'));
    expect(instantAtHour(day('2024-02-29'), 0)).toEqual(new Date('2024-02-28T18:00:00Z'));
    expect(instantAtHour(day('2024-03-01'), 0)).toEqual(new Date('2024-02-29T19:00:00Z'));
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 23 }), (at, hour) => {
        const on = businessDayOf(at);
        expect(businessDayOf(instantAtHour(on, hour))).toBe(on);
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-3-9',
    '1999-12-31',
    '3000-01-01',
    '2026-03-09T00:00:00Z',
    '',
    '09.03.2026',
  ])('cannot be %j', (text) => {
    expect(businessDay(text)).toBeNull();
  });

  it('can be the first and the last day, and a leap day', () => {
    for (const text of ['2024-02-29', '2000-01-01', '2999-12-31']) expect(businessDay(text)).toBe(text);
  });

  it('is followed by the next day, also at the end of a month or year', () => {
    expect(addDays(day('2026-12-31'), 1)).toBe('2027-01-01');
    expect(addDays(day('2024-03-01'), -1)).toBe('2024-02-29');
    expect(daysOf(range('2026-02-27', '2026-03-02'))).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
    expect(daysOf(range('2026-03-02', '2026-03-01'))).toEqual([]);
  });

  it('has a month, from its first to its last day', () => {
    expect(monthOf(day('2024-02-10'))).toEqual({ from: '2024-02-01', to: '2024-02-29' });
    expect(monthOf(day('2026-12-31'))).toEqual({ from: '2026-12-01', to: '2026-12-31' });
  });
});
