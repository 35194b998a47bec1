import { almatyInstant } from '@mpp/kernel';
import type { ParsedCell } from './registry-numbers.js';
import { type RegistryCell, shownText } from './sheet-cells.js';

export type MomentProblem = 'NOT_A_MOMENT' | 'NO_SUCH_MOMENT';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
const DAY_FIRST = new RegExp(String.raw`^(?<day>\d{1,2})[./](?<month>\d{1,2})[./](?<year>\d{4}),? ${TIME}$`);
const YEAR_FIRST = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ]${TIME} ?(?<zone>Z|[+-]\d{2}:?\d{2})?$`,
);

/**
 * Reads `23.09.2024 00:01:41` or ISO 8601 in the time of Almaty, ISO 8601 with an offset, or a date cell, rounded to the
 * second because a date cell is a binary fraction. A date without a time is not a moment. Source: R26.
 */
export function readMoment(cell: RegistryCell): ParsedCell<Date, MomentProblem> {
  if (cell instanceof Date) {
    const shown = Math.round(cell.getTime() / SECOND_MS) * SECOND_MS;
    return isReadable(new Date(shown)) ? { value: almatyInstant(shown) } : { problem: 'NO_SUCH_MOMENT' };
  }
  const text = shownText(cell);
  const groups = (DAY_FIRST.exec(text) ?? YEAR_FIRST.exec(text))?.groups;
  if (typeof cell !== 'string' || groups === undefined) return { problem: 'NOT_A_MOMENT' };
  const shown = wallClockMs(groups);
  if (shown === null) return { problem: 'NO_SUCH_MOMENT' };
  return { value: groups.zone === undefined ? almatyInstant(shown) : new Date(shown - offsetMs(groups.zone)) };
}

/** The wall clock as UTC milliseconds; null if no calendar or clock shows it. */
function wallClockMs(groups: Readonly<Record<string, string | undefined>>): number | null {
  const part = (name: string) => Number(groups[name] ?? 0);
  const [month, hour, minute, second] = [part('month'), part('hour'), part('minute'), part('second')];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const millisecond = Number((groups.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const shown = Date.UTC(part('year'), month - 1, part('day'), hour, minute, second, millisecond);
  // Date.UTC reads the 30th of February as the 1st or 2nd of March.
  return new Date(shown).getUTCMonth() === month - 1 && isReadable(new Date(shown)) ? shown : null;
}

function isReadable(shown: Date): boolean {
  return shown.getUTCFullYear() >= 2000 && shown.getUTCFullYear() <= 2100;
}

/** The offset of `Z`, `+05:00` or `+0500`. */
function offsetMs(zone: string): number {
  const minutes = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}
