import { almatyInstant, almatyWallClock } from './almaty.js';

declare const brand: unique symbol;

/** A business day: a day in Almaty as ISO 8601 text, so that dates compare and sort as text. */
export type BusinessDay = string & { readonly [brand]: 'BusinessDay' };

/** Inclusive at both ends. */
export interface DayRange {
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAY = /^2\d{3}-\d\d-\d\d$/;

/** Reads a date like 2026-03-09. Null for other text, for dates that do not exist and for dates before the year 2000. */
export function businessDay(text: string): BusinessDay | null {
  return DAY.test(text) && dateExists(text) ? (text as BusinessDay) : null;
}

/** Whether a text like 2026-03-09 is a date of the calendar. Date reads the 30th of February as the 2nd of March. */
export function dateExists(text: string): boolean {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight) && dayAt(midnight) === text;
}

/** The business day of an instant. */
export function businessDayOf(at: Date): BusinessDay {
  return dayAt(almatyWallClock(at).getTime());
}

/** The instant of a full hour of the day in Almaty; hour 0 is the beginning of the day. */
export function instantAtHour(day: BusinessDay, hour: number): Date {
  return almatyInstant(numberOf(day) + hour * HOUR_MS);
}

export function addDays(day: BusinessDay, days: number): BusinessDay {
  return dayAt(numberOf(day) + days * DAY_MS);
}

export function beginOf(day: BusinessDay): Date {
  return instantAtHour(day, 0);
}

/** The instant at which the next day begins. */
export function endOf(day: BusinessDay): Date {
  return instantAtHour(addDays(day, 1), 0);
}

/** The instants at which the first of the days begins and the last ends. Throws RangeError without days. */
export function boundsOf(days: readonly BusinessDay[]): [Date, Date] {
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('at least one day is needed');
  return [beginOf(first), endOf(last)];
}

/** Saturday and Sunday. */
export function isWeekend(day: BusinessDay): boolean {
  return [0, 6].includes(new Date(numberOf(day)).getUTCDay());
}

export function monthOf(day: BusinessDay): DayRange {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  return { from: dayAt(Date.UTC(year, month - 1, 1)), to: dayAt(Date.UTC(year, month, 0)) };
}

export function yearOf(year: number): DayRange {
  return { from: `${year}-01-01` as BusinessDay, to: `${year}-12-31` as BusinessDay };
}

/** Every day of the range, in order. */
export function daysOf({ from, to }: DayRange): BusinessDay[] {
  const days = Math.round((numberOf(to) - numberOf(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(days, 0) }, (_, index) => addDays(from, index));
}

const numberOf = (day: BusinessDay) => Date.parse(`${day}T00:00:00Z`);
const dayAt = (utcMs: number) => new Date(utcMs).toISOString().slice(0, 10) as BusinessDay;
