import { DateTime } from 'luxon';

const ZONE = 'Asia/Almaty';

/** ISO 8601 with the offset of Almaty, `2026-02-19T15:57:41+05:00`; a fraction only where there is one. Source: regulation 1.6. */
export function almatyIso(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat(
    instant.getTime() % 1000 === 0 ? "yyyy-MM-dd'T'HH:mm:ssZZ" : "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
  );
}

/** As receipt links write it: `2026-02-19+15:57:41.285`. */
export function almatyDateTime(instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: ZONE }).toFormat('yyyy-MM-dd+HH:mm:ss.SSS');
}
