import { DateTime } from 'luxon';
import type { Almaty, WallClock } from './domain/registry-moments.js';

const ZONE = 'Asia/Almaty';
const MINUTE_MS = 60_000;

/**
 * What the clocks of Almaty showed as an instant, by the zone's own rules (UTC+6 until March 2024, UTC+5 since). Null for
 * what no calendar has. A registry asks a million times for a few days: each day's offset is looked up once.
 */
export function inAlmaty(): Almaty {
  const offsets = new Map<string, number | null>();
  return (local) => {
    const day = `${local.year}-${local.month}-${local.day}`;
    let offset = offsets.get(day);
    if (offset === undefined) {
      offset = offsetOf(local);
      offsets.set(day, offset);
    }
    if (offset === null) return instantOf(local);
    const { year, month, day: date, hour, minute, second, millisecond } = local;
    if (hour > 23 || minute > 59 || second > 59) return null;
    return new Date(Date.UTC(year, month - 1, date, hour, minute, second, millisecond) - offset * MINUTE_MS);
  };
}

/** In minutes; null for a day that is none, or in which the clocks were changed. */
function offsetOf({ year, month, day }: WallClock): number | null {
  const begin = DateTime.fromObject({ year, month, day }, { zone: ZONE });
  const end = begin.endOf('day');
  return begin.isValid && begin.offset === end.offset ? begin.offset : null;
}

function instantOf(local: WallClock): Date | null {
  const { year, month, day, hour, minute, second, millisecond } = local;
  const instant = DateTime.fromObject({ year, month, day, hour, minute, second, millisecond }, { zone: ZONE });
  return instant.isValid ? instant.toJSDate() : null;
}

/** A moment as a clock in Almaty shows it: what is read as UTC of the result. A spreadsheet's cells know no zone. */
export function onAlmatysClock(moment: Date): Date {
  return DateTime.fromJSDate(moment, { zone: ZONE }).setZone('utc', { keepLocalTime: true }).toJSDate();
}
