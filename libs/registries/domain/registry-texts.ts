import { UUID } from '@mpp/kernel';
import type { ParsedCell } from './registry-numbers.js';
import type { OperationType } from './registry-row.js';
import type { RowProblem } from './row-problem.js';
import { comparisonKey, isPrintable, type RegistryCell } from './sheet-cells.js';

const operationTypeOf = parserOf<OperationType>({ Покупка: 'PURCHASE', Возврат: 'REFUND' });
const confirmationOf = parserOf<boolean>({ ДА: true, НЕТ: false });
const MAX_TEXT_LENGTH = 64;
const MAX_EXACT_INTEGER = 1e15;
const MCC_DIGITS = 4;

/** Our ids are written in any case. */
export function lowerCaseId(id: string | null): string | null {
  return id !== null && UUID.test(id.toLowerCase()) ? id.toLowerCase() : id;
}

export function parseType(cell: RegistryCell): ParsedCell<OperationType, RowProblem> {
  const value = operationTypeOf(cell);
  return value === undefined ? { problem: 'NOT_A_TYPE' } : { value };
}

export function parseConfirmation(cell: RegistryCell): ParsedCell<boolean, RowProblem> {
  const value = typeof cell === 'boolean' ? cell : confirmationOf(cell);
  return value === undefined ? { problem: 'NOT_YES_OR_NO' } : { value };
}

/** A text, or an integer with at most the digits that a spreadsheet keeps. */
export function parseText(cell: RegistryCell): ParsedCell<string, RowProblem> {
  if (typeof cell === 'number') {
    if (Math.abs(cell) >= MAX_EXACT_INTEGER) return { problem: 'ROUNDED' };
    return Number.isInteger(cell) && cell >= 0 ? { value: String(cell) } : { problem: 'NOT_A_TEXT' };
  }
  if (typeof cell !== 'string') return { problem: 'NOT_A_TEXT' };
  const value = cell.trim();
  if (!isPrintable(value)) return { problem: 'UNPRINTABLE' };
  return value.length > MAX_TEXT_LENGTH ? { problem: 'TOO_LONG' } : { value };
}

/** A numeric cell has lost its leading zeros. */
export function parseMcc(cell: RegistryCell): ParsedCell<string, RowProblem> {
  const read = parseText(cell);
  return typeof cell === 'number' && read.value !== undefined ? { value: read.value.padStart(MCC_DIGITS, '0') } : read;
}

/** Parses a word in any spelling; the usual spelling is the fast path. */
function parserOf<Meaning>(meanings: Readonly<Record<string, Meaning>>): (cell: RegistryCell) => Meaning | undefined {
  const exact = new Map(Object.entries(meanings));
  const byKey = new Map([...exact].map(([word, meaning]) => [comparisonKey(word), meaning]));
  return (cell) => (typeof cell === 'string' ? (exact.get(cell) ?? byKey.get(comparisonKey(cell))) : undefined);
}
