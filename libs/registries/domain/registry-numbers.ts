import { MAX_TIYN } from '@mpp/kernel';
import type { RegistryCell } from './sheet-cells.js';

/** The value of a cell, or the problem with it. */
export type ParsedCell<Value, Problem extends string> =
  | { readonly value: Value; readonly problem?: never }
  | { readonly value?: never; readonly problem: Problem };

export type NumberProblem = 'NOT_A_NUMBER' | 'TOO_MANY_DECIMALS' | 'OUT_OF_BOUNDS';

/** Thousands are separated in groups of three digits or not at all: "1 2" is not a number. */
const TEXT =
  /^(?<sign>[-\u2010-\u2015\u2212+]?) ?(?<whole>\d{1,3}(?: \d{3})+|\d{1,20})(?:[.,](?<decimals>\d{1,20}))?$/u;
const EXPONENTIAL = /^(?<sign>-?)(?<first>\d)(?:\.(?<others>\d+))?e(?<exponent>[+-]\d+)$/;
/** The digits of a number that a spreadsheet shows. */
const SHOWN_DIGITS = 15;

/** Tiyn of `20 180,00` with any white space, a comma or a dot, or of a number as a spreadsheet shows it. Source: R26. */
export function readAmount(cell: RegistryCell): ParsedCell<bigint, NumberProblem> {
  return parseDecimal(cell, 2, MAX_TIYN);
}

const HUNDRED_PERCENT = 1_000_000n;

/** Ten-thousandths of a percent of `0,50` with or without “%”. Source: R28. */
export function readRate(cell: RegistryCell): ParsedCell<bigint, NumberProblem> {
  const bare = typeof cell === 'string' ? cell.replace(/\s*%\s*$/u, '') : cell;
  const read = parseDecimal(bare, 4, HUNDRED_PERCENT);
  return read.value !== undefined && read.value < 0n ? { problem: 'OUT_OF_BOUNDS' } : read;
}

/** A count: `3`, or `3,00` from a formatted number. */
export function readCount(cell: RegistryCell): ParsedCell<number, NumberProblem> {
  const read = parseDecimal(cell, 2, 1_000_000_000n);
  if (read.value === undefined) return read;
  if (read.value % 100n !== 0n) return { problem: 'TOO_MANY_DECIMALS' };
  return read.value < 0n ? { problem: 'OUT_OF_BOUNDS' } : { value: Number(read.value / 100n) };
}

function parseDecimal(cell: RegistryCell, decimals: number, max: bigint): ParsedCell<bigint, NumberProblem> {
  const read = typeof cell === 'number' ? parseNumber(cell, decimals) : parseText(cell, decimals);
  if (read.value === undefined) return read;
  return read.value > max || read.value < -max ? { problem: 'OUT_OF_BOUNDS' } : read;
}

/** Refuses additional decimals, also zeros: `16,900` may mean sixteen thousand nine hundred. */
function parseText(cell: RegistryCell, decimals: number): ParsedCell<bigint, NumberProblem> {
  const text = typeof cell === 'string' ? cell.replace(/\s+/gu, ' ').trim() : '';
  const groups = TEXT.exec(text)?.groups;
  if (groups === undefined) return { problem: 'NOT_A_NUMBER' };
  const { sign = '', whole = '', decimals: written = '' } = groups;
  if (written.length > decimals) return { problem: 'TOO_MANY_DECIMALS' };
  const value = BigInt(whole.replaceAll(' ', '') + written.padEnd(decimals, '0'));
  return { value: sign === '' || sign === '+' ? value : -value };
}

/** Uses the digits that a spreadsheet shows, not the binary fraction: 0.1 + 0.2 is 0.3. */
function parseNumber(number: number, decimals: number): ParsedCell<bigint, NumberProblem> {
  if (!Number.isFinite(number)) return { problem: 'NOT_A_NUMBER' };
  const {
    sign = '',
    first = '',
    others = '',
    exponent = '',
  } = EXPONENTIAL.exec(number.toExponential(SHOWN_DIGITS - 1))?.groups ?? {};
  // The value is digits × 10^power in units of the last decimal.
  const digits = (first + others).replace(/0+$/, '');
  const power = Number(exponent) - (digits.length - 1) + decimals;
  if (digits === '') return { value: 0n };
  if (power < 0) return { problem: 'TOO_MANY_DECIMALS' };
  if (power > 40) return { problem: 'OUT_OF_BOUNDS' };
  const value = BigInt(digits) * 10n ** BigInt(power);
  return { value: sign === '-' ? -value : value };
}
