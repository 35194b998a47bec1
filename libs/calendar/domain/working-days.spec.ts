import { describe, expect, it } from '@jest/globals';
import { day, MARCH_2026, range } from '../../../test/support/calendar.js';
import { kazakhstanHolidays } from '../kazakhstan-holidays.js';
import { WorkingDays } from './working-days.js';

const worked = { day: day('2026-03-14'), working: true, name: 'вместо 13 марта' };
const off = { day: day('2026-03-13'), working: false, name: null };
const corrected = new WorkingDays(kazakhstanHolidays, [worked, off]);

describe('A working day of Kazakhstan', () => {
  it('is neither at a weekend nor a public holiday', () => {
    expect(MARCH_2026.workingDaysWithin(range('2026-03-05', '2026-03-12'))).toEqual([
      '2026-03-05',
      '2026-03-06',
      '2026-03-10',
      '2026-03-11',
      '2026-03-12',
    ]);
  });

  it('has a previous and a next working day, on the other side of any days off', () => {
    expect(MARCH_2026.nextWorkingDay(day('2026-03-20'))).toBe('2026-03-26');
    expect(MARCH_2026.previousWorkingDay(day('2026-03-26'))).toBe('2026-03-20');
    expect(MARCH_2026.nextWorkingDay(day('2026-03-11'))).toBe('2026-03-12');
    expect(MARCH_2026.previousWorkingDay(day('2026-03-08'))).toBe('2026-03-06');
  });

  it('may be a correction of an operator, which takes precedence over the week and the holidays', () => {
    expect(corrected.isWorking(worked.day)).toBe(true);
    expect(corrected.isWorking(off.day)).toBe(false);
    expect(corrected.nextWorkingDay(day('2026-03-12'))).toBe('2026-03-14');
    expect(corrected.specialDay(worked.day)).toEqual({ ...worked, source: 'OPERATOR' });
    const workedHoliday = new WorkingDays(kazakhstanHolidays, [{ day: day('2026-05-01'), working: true, name: null }]);
    expect(workedHoliday.isWorking(day('2026-05-01'))).toBe(true);
  });

  it('is searched for within a year: a calendar without one is an error', () => {
    const withoutWorkingDays = new WorkingDays((year) => new Map(allDaysOf(year).map((one) => [one, 'праздник'])), []);
    expect(() => withoutWorkingDays.nextWorkingDay(day('2026-03-10'))).toThrow(RangeError);
  });
});

describe('The public holidays of Kazakhstan', () => {
  const calendar = new WorkingDays(kazakhstanHolidays, []);

  it.each([
    ['2025-01-01', 'Новый год'],
    ['2025-01-07', 'Рождество Христово'],
    ['2025-03-10', 'Международный женский день (перенос)'],
    ['2025-05-09', 'День Победы'],
    ['2025-06-06', 'Курбан-айт'],
    ['2025-12-16', 'День независимости'],
    ['2027-03-22', 'Наурыз мейрамы'],
  ])('include %s: %s', (date, name) => {
    expect(calendar.specialDay(day(date))).toEqual({ day: date, working: false, name, source: 'HOLIDAY' });
  });

  it('at a weekend are no special days, but the day has the name of the holiday', () => {
    expect(calendar.specialDay(day('2026-03-08'))).toBeNull();
    expect(calendar.nameOf(day('2026-03-08'))).toBe('Международный женский день');
    expect(calendar.isWorking(day('2026-03-08'))).toBe(false);
  });

  it('of a year are listed by day', () => {
    const days = calendar.specialDaysWithin(range('2025-01-01', '2025-12-31')).map((one) => one.day);
    expect(days).toEqual(days.toSorted());
    expect(days).toEqual(expect.arrayContaining(['2025-03-24', '2025-03-25', '2025-09-01']));
  });
});

function allDaysOf(year: number) {
  return Array.from({ length: 366 }, (_, index) =>
    day(new Date(Date.UTC(year, 0, 1 + index)).toISOString().slice(0, 10)),
  );
}
