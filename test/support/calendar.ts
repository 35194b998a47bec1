import { type BusinessDay, businessDay, type DayRange } from '@mpp/kernel';
import { WorkingDays } from '../../libs/calendar/domain/working-days.js';

/** A valid day. */
export function day(text: string): BusinessDay {
  const found = businessDay(text);
  if (found === null) throw new RangeError(`${text} is no day`);
  return found;
}

export const range = (from: string, to: string): DayRange => ({ from: day(from), to: day(to) });

/** A possible March 2026: the 9th is a day off instead of the 8th, and Nauryz lasts until the 25th. */
export const MARCH_2026 = new WorkingDays(
  () => new Map(['2026-03-09', '2026-03-23', '2026-03-24', '2026-03-25'].map((text) => [day(text), 'праздник'])),
  [],
);
