import { almatyInstant } from './almaty.js';

/** The parts of a date and a time of day as a text has them. Parts that the text lacks are undefined. */
export type MomentParts = Readonly<Record<string, string | undefined>>;

/** A time of day, as part of a pattern with named groups. */
export const TIME_PATTERN = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;

const ISO_8601 = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ]${TIME_PATTERN} ?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?$`,
  'i',
);
const MINUTE_MS = 60_000;
const LARGEST_OFFSET_MINUTES = 18 * 60;

/** The parts of an ISO 8601 date with a time; null for other texts, whose parts can still be no date of the calendar. */
export function isoParts(text: string): MomentParts | null {
  return ISO_8601.exec(text)?.groups ?? null;
}

/**
 * The instant of a date and time with a zone of `Z`, `±hh`, `±hhmm` or `±hh:mm`; without one it is in Asia/Almaty. Milliseconds are kept,
 * further digits dropped. Null if no calendar or clock shows it. The one grammar of all readers. Source: R5.
 */
export function instantOfParts(parts: MomentParts): Date | null {
  const part = (name: string) => Number(parts[name] ?? 0);
  const [month, hour, minute, second] = [part('month'), part('hour'), part('minute'), part('second')];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const millisecond = Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const shown = Date.UTC(part('year'), month - 1, part('day'), hour, minute, second, millisecond);
  // Date.UTC reads the 30th of February as the 1st or 2nd of March.
  const date = new Date(shown);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== part('day')) return null;
  if (parts.zone === undefined) return almatyInstant(shown);
  const offset = offsetMinutes(parts.zone);
  return offset === null ? null : new Date(shown - offset * MINUTE_MS);
}

/** An ISO 8601 date with a time; see {@link instantOfParts}. Null for other texts. Source: R5. */
export function parseInstant(text: string): Date | null {
  const parts = isoParts(text);
  return parts === null ? null : instantOfParts(parts);
}

function offsetMinutes(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)];
  const offset = hours * 60 + minutes;
  if (minutes > 59 || offset > LARGEST_OFFSET_MINUTES) return null;
  return zone.startsWith('-') ? -offset : offset;
}
