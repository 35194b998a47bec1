import { DateTime } from 'luxon';

const ZONE = 'Asia/Almaty';

/** ISO 8601 with the offset of Almaty, `2026-02-19T15:57:41+05:00`; with a fraction of a second only if there is one. Source: regulation 1.6. */
export function almatyIso(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat(
    instant.getTime() % 1000 === 0 ? "yyyy-MM-dd'T'HH:mm:ssZZ" : "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
  );
}

/** The format of registries: `19.02.2026 15:57:41`. Source: regulation 5.1. */
export function almatyMoment(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('dd.MM.yyyy HH:mm:ss');
}

/**
 * The moment whose UTC time equals the time in Almaty, truncated to the second. A spreadsheet's cell has no zone, and shows
 * the last fraction of a day as the next day.
 */
export function almatyAsUtc(instant: Date): Date {
  const shown = DateTime.fromJSDate(instant, { zone: ZONE }).startOf('second');
  return shown.setZone('utc', { keepLocalTime: true }).toJSDate();
}

/** The calendar day in Almaty, `2026-02-19`. */
export function almatyDay(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('yyyy-MM-dd');
}

/** The start of the day in Almaty, plus `daysLater` days. */
export function almatyMidnight(day: string, daysLater = 0): Date {
  return DateTime.fromISO(day, { zone: ZONE }).plus({ days: daysLater }).toJSDate();
}

/** The format of receipt links: `2026-02-19+15:57:41.285`. */
export function almatyDateTime(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('yyyy-MM-dd+HH:mm:ss.SSS');
}
