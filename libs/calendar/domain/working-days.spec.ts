import { describe, expect, it } from '@jest/globals';
import { day, MARCH_2026, range } from '../../../test/support/calendar.js';
import { kazakhstanHolidays } from '../kazakhstan-holidays.js';
import { WorkingDays } from './working-days.js';

const worked = { day: day('2026-03-14'), working: true, name: 'вместо 13 марта' };
const off = { day: day('2026-03-13'), working: false, name: null };
const corrected = new WorkingDays(kazakhstanHolidays, [worked, off]);

describe('a working day of Kazakhstan', () => {
  it('is none at a week-end or on a public holiday', () => {
    expect(MARCH_2026.within(range('2026-03-05', '2026-03-12'))).toEqual([
      '2026-03-05',
      '2026-03-06',
      '2026-03-10',
      '2026-03-11',
      '2026-03-12',
    ]);
  });

  it('has another one before and after it, behind whatever days off', () => {
    expect(MARCH_2026.next(day('2026-03-20'))).toBe('2026-03-26');
    expect(MARCH_2026.previous(day('2026-03-26'))).toBe('2026-03-20');
    expect(MARCH_2026.next(day('2026-03-11'))).toBe('2026-03-12');
    expect(MARCH_2026.previous(day('2026-03-08'))).toBe('2026-03-06');
  });

  it('is what operators say, before the week and the holidays', () => {
    expect(corrected.isWorking(worked.day)).toBe(true);
    expect(corrected.isWorking(off.day)).toBe(false);
    expect(corrected.next(day('2026-03-12'))).toBe('2026-03-14');
    expect(corrected.special(worked.day)).toEqual({ ...worked, source: 'OPERATOR' });
    const again = new WorkingDays(kazakhstanHolidays, [{ day: day('2026-05-01'), working: true, name: null }]);
    expect(again.isWorking(day('2026-05-01'))).toBe(true);
  });

  it('is looked for within a year: a calendar without any is a mistake', () => {
    const endless = new WorkingDays((year) => new Map(always(year).map((one) => [one, 'праздник'])), []);
    expect(() => endless.next(day('2026-03-10'))).toThrow(RangeError);
  });
});

describe('the public holidays of Kazakhstan', () => {
  const calendar = new WorkingDays(kazakhstanHolidays, []);

  it.each([
    ['2025-01-01', 'Новый год'],
    ['2025-01-07', 'Рождество Христово'],
    ['2025-03-10', 'Международный женский день (перенос)'],
    ['2025-05-09', 'День Победы'],
    ['2025-06-06', 'Курбан-айт'],
    ['2025-12-16', 'День независимости'],
    ['2027-03-22', 'Наурыз мейрамы'],
  ])('%s is off: %s', (date, name) => {
    expect(calendar.special(day(date))).toEqual({ day: date, working: false, name, source: 'HOLIDAY' });
  });

  it('at a week-end say nothing that the week does not say, but have their names', () => {
    expect(calendar.special(day('2026-03-08'))).toBeNull();
    expect(calendar.nameOf(day('2026-03-08'))).toBe('Международный женский день');
    expect(calendar.isWorking(day('2026-03-08'))).toBe(false);
  });

  it('are those that are listed for a year, in their order', () => {
    const days = calendar.specialWithin(range('2025-01-01', '2025-12-31')).map((one) => one.day);
    expect(days).toEqual(days.toSorted());
    expect(days).toEqual(expect.arrayContaining(['2025-03-24', '2025-03-25', '2025-09-01']));
  });
});

function always(year: number) {
  return Array.from({ length: 366 }, (_, index) =>
    day(new Date(Date.UTC(year, 0, 1 + index)).toISOString().slice(0, 10)),
  );
}
