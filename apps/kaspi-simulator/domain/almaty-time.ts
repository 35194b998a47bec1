import { addDays, almatyWallClock, type BusinessDay, beginOf, businessDayOf } from '@mpp/kernel';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;

/** ISO 8601 with the offset of Almaty, `2026-02-19T15:57:41+05:00`; with a fraction of a second only if there is one. Source: regulation 1.6. */
export function almatyIso(instant: Date): string {
  const hours = (almatyWallClock(instant).getTime() - instant.getTime()) / HOUR_MS;
  const fraction = instant.getTime() % SECOND_MS === 0 ? '' : timeOf(instant).slice(8);
  return `${businessDayOf(instant)}T${timeOf(instant).slice(0, 8)}${fraction}+${String(hours).padStart(2, '0')}:00`;
}

/** The format of registries: `19.02.2026 15:57:41`. Source: regulation 5.1. */
export function almatyMoment(instant: Date): string {
  const [year, month, day] = businessDayOf(instant).split('-');
  return `${day}.${month}.${year} ${timeOf(instant).slice(0, 8)}`;
}

/**
 * The moment whose UTC time equals the time in Almaty, truncated to the second. A spreadsheet's cell has no zone, and shows
 * the last fraction of a day as the next day.
 */
export function almatyAsUtc(instant: Date): Date {
  return new Date(Math.floor(almatyWallClock(instant).getTime() / SECOND_MS) * SECOND_MS);
}

/** The instant at which the day begins in Almaty, plus `daysLater` days. */
export function almatyMidnight(day: string, daysLater = 0): Date {
  return beginOf(addDays(day as BusinessDay, daysLater));
}

/** The format of receipt links: `2026-02-19+15:57:41.285`. */
export function almatyDateTime(instant: Date): string {
  return `${businessDayOf(instant)}+${timeOf(instant)}`;
}

/** `15:57:41.285`. */
const timeOf = (instant: Date) => almatyWallClock(instant).toISOString().slice(11, 23);
