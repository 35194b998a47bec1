import { DateTime } from 'luxon';
import type { BusinessDay } from './domain/business-day.js';

const ZONE = 'Asia/Almaty';
// Of this millennium: every day of it is one to the database, too.
const DAY = /^2\d{3}-\d\d-\d\d$/;
const MONTH = /^2\d{3}-\d\d$/;

/** Null for what is no day. */
export function businessDay(text: string): BusinessDay | null {
  const start = DAY.test(text) ? DateTime.fromISO(text, { zone: ZONE }).startOf('day') : null;
  return start?.isValid ? dayFrom(start) : null;
}

/** The day that it is in Almaty at this moment, or so many days before. */
export function businessDayAt(moment: Date, daysBefore = 0): BusinessDay {
  return dayFrom(DateTime.fromJSDate(moment, { zone: ZONE }).startOf('day').minus({ days: daysBefore }));
}

/** From the first to the last; none where the last one comes first. */
export function businessDays(first: BusinessDay, last: BusinessDay): BusinessDay[] {
  const days: BusinessDay[] = [];
  for (let day = first; day.begins <= last.begins; day = dayFrom(DateTime.fromJSDate(day.ends, { zone: ZONE }))) {
    days.push(day);
  }
  return days;
}

/** The days of `2026-03`; null for what is no month. */
export function daysOfMonth(text: string): BusinessDay[] | null {
  const first = MONTH.test(text) ? businessDay(`${text}-01`) : null;
  if (first === null) return null;
  const last = DateTime.fromJSDate(first.begins, { zone: ZONE }).endOf('month').startOf('day');
  return businessDays(first, dayFrom(last));
}

/** The month before the one that it is in Almaty at this moment. */
export function monthBefore(moment: Date): string {
  return DateTime.fromJSDate(moment, { zone: ZONE }).minus({ months: 1 }).toFormat('yyyy-MM');
}

/** A moment as a clock in Almaty shows it: what is read as UTC of the result. A spreadsheet's cells know no zone. */
export function onAlmatysClock(moment: Date): Date {
  return DateTime.fromJSDate(moment, { zone: ZONE }).setZone('utc', { keepLocalTime: true }).toJSDate();
}

function dayFrom(start: DateTime): BusinessDay {
  const next = start.plus({ days: 1 }).startOf('day');
  return { day: start.toFormat('yyyy-MM-dd'), begins: start.toJSDate(), ends: next.toJSDate() };
}
