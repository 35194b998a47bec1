import type { Read } from './registry-numbers.js';
import { type RegistryCell, shownText } from './sheet-cells.js';

/** What a clock on a wall shows. Months from 1. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** The instant at which the clocks of Almaty showed this; null where they never did. */
export type Almaty = (local: WallClock) => Date | null;

export type MomentProblem = 'NOT_A_MOMENT' | 'NO_SUCH_MOMENT';

const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
const DAY_FIRST = new RegExp(String.raw`^(?<day>\d{1,2})[./](?<month>\d{1,2})[./](?<year>\d{4}),? ${TIME}$`);
const YEAR_FIRST = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ]${TIME} ?(?<zone>Z|[+-]\d{2}:?\d{2})?$`,
);

/**
 * `23.09.2024 00:01:41` by the clocks of Almaty, the same as ISO 8601, or a date cell, rounded to the second: its days are
 * a binary fraction. A text with an offset of its own is by that one. A day without a time is no moment. Source: R26.
 */
export function momentOf(cell: RegistryCell, almaty: Almaty): Read<Date, MomentProblem> {
  if (cell instanceof Date) return ofClock(wallClockOf(cell), almaty);
  const text = shownText(cell);
  const groups = (DAY_FIRST.exec(text) ?? YEAR_FIRST.exec(text))?.groups;
  if (typeof cell !== 'string' || groups === undefined) return { problem: 'NOT_A_MOMENT' };
  const part = (name: string) => Number(groups[name] ?? 0);
  const local = {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    millisecond: Number((groups.fraction ?? '').slice(0, 3).padEnd(3, '0')),
  };
  return ofClock(local, groups.zone === undefined ? almaty : withOffset(groups.zone));
}

function ofClock(local: WallClock, instantOf: Almaty): Read<Date, MomentProblem> {
  const at = local.year < 2000 || local.year > 2100 || !isOfCalendar(local) ? null : instantOf(local);
  return at === null ? { problem: 'NO_SUCH_MOMENT' } : { value: at };
}

function isOfCalendar({ year, month, day, hour, minute, second }: WallClock): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

const SECOND_MS = 1000;

function wallClockOf(cell: Date): WallClock {
  const date = new Date(Math.round(cell.getTime() / SECOND_MS) * SECOND_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: 0,
  };
}

/** "Z", "+05:00" or "+0500". */
function withOffset(zone: string): Almaty {
  const minutes = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  const offset = zone.startsWith('-') ? -minutes : minutes;
  return ({ year, month, day, hour, minute, second, millisecond }) =>
    new Date(Date.UTC(year, month - 1, day, hour, minute - offset, second, millisecond));
}
