import { almatyInstant, instantOfParts, isoParts, TIME_PATTERN } from '@mpp/kernel';
import type { ParsedCell } from './registry-numbers.js';
import { type RegistryCell, shownText } from './sheet-cells.js';

export type MomentProblem = 'NOT_A_MOMENT' | 'NO_SUCH_MOMENT';

const SECOND_MS = 1000;
const DAY_FIRST = new RegExp(String.raw`^(?<day>\d{1,2})[./](?<month>\d{1,2})[./](?<year>\d{4}),? ${TIME_PATTERN}$`);

/**
 * Reads `23.09.2024 00:01:41` or ISO 8601 in the time of Almaty, ISO 8601 with an offset, or a date cell, rounded to the
 * second because a date cell is a binary fraction. A date without a time is not a moment. Source: R5, R26.
 */
export function readMoment(cell: RegistryCell): ParsedCell<Date, MomentProblem> {
  if (cell instanceof Date) {
    const shown = Math.round(cell.getTime() / SECOND_MS) * SECOND_MS;
    return isReadable(new Date(shown)) ? { value: almatyInstant(shown) } : { problem: 'NO_SUCH_MOMENT' };
  }
  const text = shownText(cell);
  const parts = DAY_FIRST.exec(text)?.groups ?? isoParts(text);
  if (typeof cell !== 'string' || parts == null) return { problem: 'NOT_A_MOMENT' };
  const value = instantOfParts(parts);
  return value !== null && isReadable(value) ? { value } : { problem: 'NO_SUCH_MOMENT' };
}

function isReadable(shown: Date): boolean {
  return shown.getUTCFullYear() >= 2000 && shown.getUTCFullYear() <= 2100;
}
