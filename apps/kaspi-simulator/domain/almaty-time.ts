import { DateTime } from 'luxon';

const ZONE = 'Asia/Almaty';

/** ISO 8601 with the offset of Almaty, `2026-02-19T15:57:41+05:00`; a fraction only where there is one. Source: regulation 1.6. */
export function almatyIso(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat(
    instant.getTime() % 1000 === 0 ? "yyyy-MM-dd'T'HH:mm:ssZZ" : "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
  );
}

/** As registries write it: `19.02.2026 15:57:41`. Source: regulation 5.1. */
export function almatyMoment(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('dd.MM.yyyy HH:mm:ss');
}

/**
 * The moment whose UTC shows what a clock in Almaty does, to the second: a cell of a spreadsheet has a date and no zone, and
 * with a fraction the last one of a day would be shown as of the next day.
 */
export function almatyAsUtc(instant: Date): Date {
  const shown = DateTime.fromJSDate(instant, { zone: ZONE }).startOf('second');
  return shown.setZone('utc', { keepLocalTime: true }).toJSDate();
}

/** The day that it is in Almaty, `2026-02-19`. */
export function almatyDay(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('yyyy-MM-dd');
}

/** Midnight in Almaty at the beginning of the day, so many days later. */
export function almatyMidnight(day: string, daysLater = 0): Date {
  return DateTime.fromISO(day, { zone: ZONE }).plus({ days: daysLater }).toJSDate();
}

/** As receipt links write it: `2026-02-19+15:57:41.285`. */
export function almatyDateTime(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('yyyy-MM-dd+HH:mm:ss.SSS');
}
