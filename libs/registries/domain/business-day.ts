declare const brand: unique symbol;

/** A day of the calendar of Almaty, as ISO 8601 writes it: days are compared and sorted as texts. */
export type BusinessDay = string & { readonly [brand]: 'BusinessDay' };

/** Both ends belong to it. */
export interface DayRange {
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAY = /^2\d{3}-\d\d-\d\d$/;

/** Kazakhstan has had one time since 1 March 2024: UTC+5. Before it Almaty was at UTC+6, since 2004 without summer time. */
const MOVED_AT = Date.UTC(2024, 1, 29, 18);
const offsetAt = (instantMs: number) => (instantMs < MOVED_AT ? 6 : 5) * HOUR_MS;

/** Null for anything but a day that there is, from the year 2000 on. */
export function businessDay(text: string): BusinessDay | null {
  if (!DAY.test(text)) return null;
  const midnight = new Date(`${text}T00:00:00Z`);
  // Date takes the 30th of February for the 2nd of March.
  return !Number.isNaN(midnight.getTime()) && dayAt(midnight.getTime()) === text ? (text as BusinessDay) : null;
}

/** On which day of Almaty it happened. */
export function businessDayOf(at: Date): BusinessDay {
  return dayAt(at.getTime() + offsetAt(at.getTime()));
}

/** When it is this full hour of the day in Almaty, 0 for its beginning. */
export function momentOf(day: BusinessDay, hour: number): Date {
  return almatyInstant(numberOf(day) + hour * HOUR_MS);
}

/** When the clocks of Almaty showed what a clock in UTC would show at `wallClockMs`: of an hour shown twice, the first. */
function almatyInstant(wallClockMs: number): Date {
  const earlier = wallClockMs - 6 * HOUR_MS;
  return new Date(earlier < MOVED_AT ? earlier : wallClockMs - 5 * HOUR_MS);
}

export function addDays(day: BusinessDay, days: number): BusinessDay {
  return dayAt(numberOf(day) + days * DAY_MS);
}

export function beginOf(day: BusinessDay): Date {
  return momentOf(day, 0);
}

/** When the next day begins. */
export function endOf(day: BusinessDay): Date {
  return momentOf(addDays(day, 1), 0);
}

/** When the first of some days begins, and when the last one ends. */
export function boundsOf(days: readonly BusinessDay[]): [Date, Date] {
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('no days have no bounds');
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

/** Every day of it, in order. */
export function daysOf({ from, to }: DayRange): BusinessDay[] {
  const days = Math.round((numberOf(to) - numberOf(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(days, 0) }, (_, index) => addDays(from, index));
}

const numberOf = (day: BusinessDay) => Date.parse(`${day}T00:00:00Z`);
const dayAt = (utcMs: number) => new Date(utcMs).toISOString().slice(0, 10) as BusinessDay;
