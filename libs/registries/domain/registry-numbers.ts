import { MAX_TIYN } from '@mpp/kernel';
import type { RegistryCell } from './sheet-cells.js';

/** What a cell was found to say, or the problem with it. */
export type Read<Value, Problem extends string> =
  | { readonly value: Value; readonly problem?: never }
  | { readonly value?: never; readonly problem: Problem };

export type NumberProblem = 'NOT_A_NUMBER' | 'TOO_MANY_DECIMALS' | 'OUT_OF_BOUNDS';

/** Thousands are in threes or not set apart at all. That each group has three digits is what makes "1 2" no number. */
const TEXT =
  /^(?<sign>[-\u2010-\u2015\u2212+]?) ?(?<whole>\d{1,3}(?: \d{3})+|\d{1,20})(?:[.,](?<decimals>\d{1,20}))?$/u;
const SHOWN = /^(?<sign>-?)(?<first>\d)(?:\.(?<others>\d+))?e(?<exponent>[+-]\d+)$/;
/** As many digits as a spreadsheet shows of a number. */
const SHOWN_DIGITS = 15;

/** In tiyn: `20 180,00` with blanks of any kind, a comma or a dot, or a number as a spreadsheet shows it. Source: R26. */
export function readAmount(cell: RegistryCell): Read<bigint, NumberProblem> {
  return decimal(cell, 2, MAX_TIYN);
}

const HUNDRED_PERCENT = 1_000_000n;

/** In ten-thousandths of a percent: `0,50`, with or without its sign. Source: R28. */
export function readRate(cell: RegistryCell): Read<bigint, NumberProblem> {
  const bare = typeof cell === 'string' ? cell.replace(/\s*%\s*$/u, '') : cell;
  const read = decimal(bare, 4, HUNDRED_PERCENT);
  return read.value !== undefined && read.value < 0n ? { problem: 'OUT_OF_BOUNDS' } : read;
}

/** How many: `3`, or `3,00` of a number that was formatted so. */
export function readCount(cell: RegistryCell): Read<number, NumberProblem> {
  const read = decimal(cell, 2, 1_000_000_000n);
  if (read.value === undefined) return read;
  if (read.value % 100n !== 0n) return { problem: 'TOO_MANY_DECIMALS' };
  return read.value < 0n ? { problem: 'OUT_OF_BOUNDS' } : { value: Number(read.value / 100n) };
}

function decimal(cell: RegistryCell, decimals: number, most: bigint): Read<bigint, NumberProblem> {
  const read = typeof cell === 'number' ? ofNumber(cell, decimals) : ofText(cell, decimals);
  if (read.value === undefined) return read;
  return read.value > most || read.value < -most ? { problem: 'OUT_OF_BOUNDS' } : read;
}

/**
 * More decimals than there may be are refused, zeros too: `16,900` may well be meant to be sixteen thousand nine hundred.
 */
function ofText(cell: RegistryCell, decimals: number): Read<bigint, NumberProblem> {
  const text = typeof cell === 'string' ? cell.replace(/\s+/gu, ' ').trim() : '';
  const groups = TEXT.exec(text)?.groups;
  if (groups === undefined) return { problem: 'NOT_A_NUMBER' };
  const { sign = '', whole = '', decimals: written = '' } = groups;
  if (written.length > decimals) return { problem: 'TOO_MANY_DECIMALS' };
  const value = BigInt(whole.replaceAll(' ', '') + written.padEnd(decimals, '0'));
  return { value: sign === '' || sign === '+' ? value : -value };
}

/** Its digits as they are shown, never its binary fractions: 0.1 + 0.2 is 0.3. */
function ofNumber(number: number, decimals: number): Read<bigint, NumberProblem> {
  if (!Number.isFinite(number)) return { problem: 'NOT_A_NUMBER' };
  const {
    sign = '',
    first = '',
    others = '',
    exponent = '',
  } = SHOWN.exec(number.toExponential(SHOWN_DIGITS - 1))?.groups ?? {};
  // The number is these digits times ten to this power, in units of the last decimal.
  const digits = (first + others).replace(/0+$/, '');
  const power = Number(exponent) - (digits.length - 1) + decimals;
  if (digits === '') return { value: 0n };
  if (power < 0) return { problem: 'TOO_MANY_DECIMALS' };
  if (power > 40) return { problem: 'OUT_OF_BOUNDS' };
  const value = BigInt(digits) * 10n ** BigInt(power);
  return { value: sign === '-' ? -value : value };
}
