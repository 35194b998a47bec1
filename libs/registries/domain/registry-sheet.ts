import { headerOf, NotARegistry, type RegistryColumn, type RegistryHeader } from './registry-header.js';
import { readMoment } from './registry-moments.js';
import { type Read, readAmount, readCount, readRate } from './registry-numbers.js';
import type { OperationType, RegistryKind, RegistryRow, RowError, StatedTotals } from './registry-row.js';
import type { RowProblem } from './row-problem.js';
import { columnLetters, comparisonKey, excerpt, isBlank, isPrintable, type RegistryCell } from './sheet-cells.js';

export interface RegistrySheetRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly row: number;
  readonly cells: readonly RegistryCell[];
}

/** What a row of the sheet is. */
export type Taken =
  /** A title, a note, a repeated header or nothing. */
  | { readonly is: 'NOTHING' }
  | { readonly is: 'HEADER'; readonly kind: RegistryKind }
  | { readonly is: 'TOTALS'; readonly totals: StatedTotals; readonly errors: readonly RowError[] }
  | { readonly is: 'OPERATION'; readonly row: RegistryRow; readonly errors: readonly RowError[] };

const NOTHING: Taken = { is: 'NOTHING' };
const TOTALS = new Set(['Итоги', 'Итого', 'Всего'].map(comparisonKey));
const TYPES = words<OperationType>({ Покупка: 'PURCHASE', Возврат: 'REFUND' });
const ANSWERS = words<boolean>({ ДА: true, НЕТ: false });
const LONGEST_TEXT = 64;
const LARGEST_WHOLE = 1e15;
const MCC_DIGITS = 4;

/**
 * A registry of Kaspi's, told row by row as a spreadsheet has it (5.1, 5.2). The header may stand anywhere, its columns in
 * any order and among others; totals may be first, last, in between or missing.
 */
export class RegistrySheet {
  private header: RegistryHeader | null = null;

  /** Null until the header was taken. */
  get kind(): RegistryKind | null {
    return this.header?.kind ?? null;
  }

  /** What this row is. Throws {@link NotARegistry} for a header that is none of a registry. */
  take({ row, cells }: RegistrySheetRow): Taken {
    if (cells.every(isBlank)) return NOTHING;
    const header = headerOf(cells);
    if (header !== null) return this.takeHeader(header);
    if (this.header === null) return NOTHING;
    const cellsOfRow = new RowCells(row, cells, this.header);
    // An operation says what type it is of, whatever its participant is called.
    if (cellsOfRow.isEmpty('type') && cells.some(isTotals)) return totalsOf(cellsOfRow);
    return cellsOfRow.sayNothing() ? NOTHING : operationOf(cellsOfRow);
  }

  /** To be called after the last row. Throws {@link NotARegistry} where there was no header. */
  end(): void {
    if (this.header === null) throw new NotARegistry('NO_HEADER');
  }

  private takeHeader(header: RegistryHeader): Taken {
    if (this.header === null) {
      this.header = header;
      return { is: 'HEADER', kind: header.kind };
    }
    // Printed on each page again.
    const known = this.header.columns;
    const same = header.kind === this.header.kind && [...header.columns].every(([name, at]) => known.get(name) === at);
    if (!same || header.columns.size !== known.size) throw new NotARegistry('HEADER_CHANGED');
    return NOTHING;
  }
}

/** The cells of one row by their columns, and what could not be read of them. */
class RowCells {
  readonly errors: RowError[] = [];

  constructor(
    readonly row: number,
    private readonly cells: readonly RegistryCell[],
    private readonly header: RegistryHeader,
  ) {}

  /** Whether nothing stands under the header but who sends it, and no number of an operation: a signature, a note. */
  sayNothing(): boolean {
    for (const [column, at] of this.header.columns)
      if (column !== 'participant' && column !== 'number' && !isBlank(this.cells[at])) return false;
    return readCount(this.cell('number')).value === undefined;
  }

  /** What stands in a column, as `of` reads it; null where nothing does, or where that is a problem. */
  read<Value>(column: RegistryColumn, of: (cell: RegistryCell) => Read<Value, RowProblem>): Value | null {
    const cell = this.cell(column);
    if (isBlank(cell)) return null;
    const { value, problem } = of(cell);
    if (problem !== undefined) this.refuse(column, problem);
    return value ?? null;
  }

  /** The same; that nothing stands there is a problem too. */
  demand<Value>(column: RegistryColumn, of: (cell: RegistryCell) => Read<Value, RowProblem>): Value | null {
    if (this.isEmpty(column)) this.refuse(column, 'MISSING');
    return this.read(column, of);
  }

  isEmpty(column: RegistryColumn): boolean {
    return isBlank(this.cell(column));
  }

  private cell(column: RegistryColumn): RegistryCell {
    return this.cells[this.header.columns.get(column) ?? -1] ?? null;
  }

  refuse(column: RegistryColumn, problem: RowProblem): void {
    const header = excerpt(this.header.titles.get(column) ?? '');
    this.errors.push({
      row: this.row,
      column: columnLetters(this.header.columns.get(column) ?? 0),
      header,
      content: excerpt(this.cell(column)),
      problem,
    });
  }
}

function isTotals(cell: RegistryCell): boolean {
  return typeof cell === 'string' && TOTALS.has(comparisonKey(cell));
}

function totalsOf(cells: RowCells): Taken {
  const totals = {
    row: cells.row,
    rows: cells.read('number', readCount),
    amount: cells.read('amount', readAmount),
    fee: cells.read('fee', readAmount),
  };
  return { is: 'TOTALS', totals, errors: cells.errors };
}

function operationOf(cells: RowCells): Taken {
  const type = cells.demand('type', typeOf);
  if (cells.isEmpty('kaspiOperationId') && cells.isEmpty('mppPaymentId')) cells.refuse('kaspiOperationId', 'NO_ID');
  const amount = cells.demand('amount', readAmount);
  const isNegativePurchase = type === 'PURCHASE' && amount !== null && amount < 0n;
  if (isNegativePurchase) cells.refuse('amount', 'NEGATIVE_PURCHASE');
  const row: RegistryRow = {
    row: cells.row,
    type,
    kaspiOperationId: cells.read('kaspiOperationId', textOf),
    mppPaymentId: cells.read('mppPaymentId', textOf),
    confirmed: cells.demand('confirmed', answerOf),
    at: cells.demand('at', readMoment),
    method: cells.read('method', textOf),
    customerId: cells.read('customerId', textOf),
    amount: amount === null || isNegativePurchase ? null : absolute(amount),
    fee: cells.read('fee', readAmount),
    rate: cells.read('rate', readRate),
    mcc: cells.read('mcc', mccOf),
  };
  return { is: 'OPERATION', row, errors: cells.errors };
}

function typeOf(cell: RegistryCell): Read<OperationType, RowProblem> {
  const value = TYPES(cell);
  return value === undefined ? { problem: 'NOT_A_TYPE' } : { value };
}

function answerOf(cell: RegistryCell): Read<boolean, RowProblem> {
  const value = typeof cell === 'boolean' ? cell : ANSWERS(cell);
  return value === undefined ? { problem: 'NOT_YES_OR_NO' } : { value };
}

/** A text as it is, or a whole number of as many digits as a spreadsheet keeps. */
function textOf(cell: RegistryCell): Read<string, RowProblem> {
  if (typeof cell === 'number') {
    if (Math.abs(cell) >= LARGEST_WHOLE) return { problem: 'ROUNDED' };
    return Number.isInteger(cell) && cell >= 0 ? { value: String(cell) } : { problem: 'NOT_A_TEXT' };
  }
  if (typeof cell !== 'string') return { problem: 'NOT_A_TEXT' };
  const value = cell.trim();
  if (!isPrintable(value)) return { problem: 'UNPRINTABLE' };
  return value.length > LONGEST_TEXT ? { problem: 'TOO_LONG' } : { value };
}

/** A number has lost the zeros before it. */
function mccOf(cell: RegistryCell): Read<string, RowProblem> {
  const read = textOf(cell);
  return typeof cell === 'number' && read.value !== undefined ? { value: read.value.padStart(MCC_DIGITS, '0') } : read;
}

/** What a word means, however it is written. As it is written mostly it is found at once. */
function words<Meaning>(meanings: Readonly<Record<string, Meaning>>): (cell: RegistryCell) => Meaning | undefined {
  const exact = new Map(Object.entries(meanings));
  const alike = new Map([...exact].map(([word, meaning]) => [comparisonKey(word), meaning]));
  return (cell) => (typeof cell === 'string' ? (exact.get(cell) ?? alike.get(comparisonKey(cell))) : undefined);
}

function absolute(tiyn: bigint): bigint {
  return tiyn < 0n ? -tiyn : tiyn;
}
