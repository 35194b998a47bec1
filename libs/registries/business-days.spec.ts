import { describe, expect, it } from '@jest/globals';
import { businessDay, businessDayAt, businessDays, daysOfMonth, monthBefore, onAlmatysClock } from './business-days.js';

describe('A business day', () => {
  it('is one of Almaty: it begins five hours before that of UTC', () => {
    expect(businessDay('2026-03-10')).toEqual({
      day: '2026-03-10',
      begins: new Date('2026-03-09T19:00:00Z'),
      ends: new Date('2026-03-10T19:00:00Z'),
    });
  });

  it('of before March 2024 began six hours before, and the last of them had an hour more', () => {
    const { begins, ends } = businessDay('2024-02-29') ?? {};
    expect([begins, ends]).toEqual([new Date('2024-02-28T18:00:00Z'), new Date('2024-02-29T19:00:00Z')]);
  });

  it.each([
    '',
    '2026-02-30',
    '2026-3-1',
    '10.03.2026',
    '1999-12-31',
    '2026-03-10T00:00:00Z',
    'yesterday',
    '3000-01-01',
  ])('is not %j', (text) => {
    expect(businessDay(text)).toBeNull();
  });

  it('is the one that it is in Almaty', () => {
    expect(businessDayAt(new Date('2026-03-10T18:59:59.999Z')).day).toBe('2026-03-10');
    expect(businessDayAt(new Date('2026-03-10T19:00:00Z')).day).toBe('2026-03-11');
    expect(businessDayAt(new Date('2026-03-10T19:00:00Z'), 1).day).toBe('2026-03-10');
  });
});

describe('A month', () => {
  it('has all of its days, without a gap between them', () => {
    for (const [month, length] of [
      ['2026-02', 28],
      ['2024-02', 29],
      ['2024-03', 31],
    ] as const) {
      const days = daysOfMonth(month) ?? [];
      expect(days.map(({ day }) => day)).toHaveLength(length);
      expect(days[0]?.day).toBe(`${month}-01`);
      expect(days.slice(1).map(({ begins }) => begins)).toEqual(days.slice(0, -1).map(({ ends }) => ends));
    }
  });

  it.each(['', '2026-13', '2026-3', '2026', '2026-03-10'])('is not %j', (text) => {
    expect(daysOfMonth(text)).toBeNull();
  });

  it('before this one is the last one of Almaty', () => {
    expect(monthBefore(new Date('2026-02-28T18:59:59Z'))).toBe('2026-01');
    expect(monthBefore(new Date('2026-02-28T19:00:00Z'))).toBe('2026-02');
  });
});

it('No day comes from a period that ends before it begins', () => {
  const [first, last] = [businessDay('2026-03-10'), businessDay('2026-03-09')];
  expect(first && last && businessDays(first, last)).toEqual([]);
});

it('A spreadsheet shows the time of Almaty', () => {
  expect(onAlmatysClock(new Date('2024-09-22T19:01:41Z'))).toEqual(new Date('2024-09-23T00:01:41Z'));
});
