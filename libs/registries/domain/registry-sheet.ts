import { NotARegistry, parseHeader, type RegistryColumn, type RegistryHeader } from './registry-header.js';
import { readMoment } from './registry-moments.js';
import { type ParsedCell, readAmount, readCount, readRate } from './registry-numbers.js';
import type { RegistryKind, RegistryRow, RowError, StatedTotals } from './registry-row.js';
import { lowerCaseId, parseConfirmation, parseMcc, parseText, parseType } from './registry-texts.js';
import type { RowProblem } from './row-problem.js';
import {
  cleaned,
  columnLetters,
  comparisonKey,
  excerpt,
  isBlank,
  isUnknown,
  type RegistryCell,
} from './sheet-cells.js';

export interface RegistrySheetRow {
  /** The number of the row in the sheet, from 1. */
  readonly row: number;
  readonly cells: readonly RegistryCell[];
}

/** The content of a row of the sheet. */
export type RowContent =
  /** A title, a note, a repeated header or an empty row. */
  | { readonly is: 'NOTHING' }
  | { readonly is: 'HEADER'; readonly kind: RegistryKind }
  /** `named`: it has a word such as “Итоги”; otherwise it is recognised by its shape. */
  | {
      readonly is: 'TOTALS';
      readonly named: boolean;
      readonly totals: StatedTotals;
      readonly errors: readonly RowError[];
    }
  | { readonly is: 'OPERATION'; readonly row: RegistryRow; readonly errors: readonly RowError[] };

const NOT_COMPUTED = { value: undefined, problem: 'NOT_COMPUTED' } as const;
/** Totals have none of these. */
const OPERATION_COLUMNS = ['type', 'at', 'kaspiOperationId', 'mppPaymentId'] as const;
const NOTHING: RowContent = { is: 'NOTHING' };
const TOTALS = new Set(['Итоги', 'Итого', 'Всего'].map(comparisonKey));

/**
 * Reads a registry row by row. The header may be in any row of any sheet, with its columns in any order and among others; totals may be in
 * any row below it, or missing. Other sheets, such as a cover or notes, are skipped. Source: regulation 5.1, 5.2.
 */
export class RegistrySheet {
  private header: RegistryHeader | null = null;
  private sheet = 0;
  private sheetOfHeader: number | null = null;

  /** Null before the header. */
  get kind(): RegistryKind | null {
    return this.header?.kind ?? null;
  }

  /** The sheet of the next rows, by its index. */
  beginSheet(sheet: number): void {
    this.sheet = sheet;
  }

  /** Whether the header is in the present sheet. */
  get isRegistry(): boolean {
    return this.sheetOfHeader === this.sheet;
  }

  /** Throws {@link NotARegistry} for a header that is not one of a registry, and for one in a second sheet. */
  readRow({ row, cells: stored }: RegistrySheetRow): RowContent {
    const cells = stored.map(cleaned);
    if (cells.every(isBlank)) return NOTHING;
    const header = parseHeader(cells);
    if (header !== null) return this.readHeader(header);
    if (this.header === null || !this.isRegistry) return NOTHING;
    const cellsOfRow = new RowCells(row, cells, this.header);
    // A row with a type is an operation, whatever the participant's name.
    if (cellsOfRow.isEmpty('type') && cells.some(isTotals)) return totalsOf(cellsOfRow, true);
    if (cellsOfRow.isSummary()) return totalsOf(cellsOfRow, false);
    return cellsOfRow.hasNoOperation() ? NOTHING : operationOf(cellsOfRow);
  }

  /** Called after the last row. Throws {@link NotARegistry} if no row was a header. */
  requireHeader(): void {
    if (this.header === null) throw new NotARegistry('NO_HEADER');
  }

  private readHeader(header: RegistryHeader): RowContent {
    if (this.header === null) {
      this.header = header;
      this.sheetOfHeader = this.sheet;
      return { is: 'HEADER', kind: header.kind };
    }
    if (!this.isRegistry) throw new NotARegistry('SEVERAL_SHEETS');
    // Some files repeat the header on each page.
    const known = this.header.columns;
    const same = header.kind === this.header.kind && [...header.columns].every(([name, at]) => known.get(name) === at);
    if (!same || header.columns.size !== known.size) throw new NotARegistry('HEADER_CHANGED');
    return NOTHING;
  }
}

/** The cells of one row by column, and their errors. */
class RowCells {
  readonly errors: RowError[] = [];

  constructor(
    readonly row: number,
    private readonly cells: readonly RegistryCell[],
    private readonly header: RegistryHeader,
  ) {}

  /** Whether it has sums and nothing that says which operation it is: a row of totals, whatever it is called. */
  isSummary(): boolean {
    if (!OPERATION_COLUMNS.every((column) => this.isEmpty(column))) return false;
    return (['amount', 'fee'] as const).some((column) => {
      const cell = this.cell(column);
      return !isBlank(cell) && (isUnknown(cell) || readAmount(cell).value !== undefined);
    });
  }

  /** Whether only the participant's name or text in “#” is filled in, as in a signature or a note; or formulas without a value. */
  hasNoOperation(): boolean {
    for (const [column, at] of this.header.columns)
      if (column !== 'participant' && column !== 'number' && !isBlank(this.cells[at]) && !isUnknown(this.cells[at]))
        return false;
    return readCount(this.cell('number')).value === undefined;
  }

  /** The value of a column; null for an empty cell and for one with a problem. */
  readCell<Value>(column: RegistryColumn, parse: (cell: RegistryCell) => ParsedCell<Value, RowProblem>): Value | null {
    const cell = this.cell(column);
    if (isBlank(cell)) return null;
    const { value, problem } = isUnknown(cell) ? NOT_COMPUTED : parse(cell);
    if (problem !== undefined) this.addError(column, problem);
    return value ?? null;
  }

  /** As {@link readCell}, of a required column: an empty cell is a problem. */
  requireCell<Value>(
    column: RegistryColumn,
    parse: (cell: RegistryCell) => ParsedCell<Value, RowProblem>,
  ): Value | null {
    if (this.isEmpty(column)) this.addError(column, 'MISSING');
    return this.readCell(column, parse);
  }

  isEmpty(column: RegistryColumn): boolean {
    return isBlank(this.cell(column));
  }

  private cell(column: RegistryColumn): RegistryCell {
    return this.cells[this.header.columns.get(column) ?? -1] ?? null;
  }

  addError(column: RegistryColumn, problem: RowProblem): void {
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

function totalsOf(cells: RowCells, named: boolean): RowContent {
  const totals = {
    row: cells.row,
    rows: cells.readCell('number', readCount),
    amount: cells.readCell('amount', readAmount),
    fee: cells.readCell('fee', readAmount),
  };
  return { is: 'TOTALS', named, totals, errors: cells.errors };
}

function operationOf(cells: RowCells): RowContent {
  const type = cells.requireCell('type', parseType);
  if (cells.isEmpty('kaspiOperationId') && cells.isEmpty('mppPaymentId')) cells.addError('kaspiOperationId', 'NO_ID');
  const amount = cells.requireCell('amount', readAmount);
  const isNegativePurchase = type === 'PURCHASE' && amount !== null && amount < 0n;
  if (isNegativePurchase) cells.addError('amount', 'NEGATIVE_PURCHASE');
  const row: RegistryRow = {
    row: cells.row,
    type,
    kaspiOperationId: cells.readCell('kaspiOperationId', parseText),
    mppPaymentId: lowerCaseId(cells.readCell('mppPaymentId', parseText)),
    confirmed: cells.requireCell('confirmed', parseConfirmation),
    at: cells.requireCell('at', readMoment),
    method: cells.readCell('method', parseText),
    customerId: cells.readCell('customerId', parseText),
    amount: amount === null || isNegativePurchase ? null : absolute(amount),
    fee: cells.readCell('fee', readAmount),
    rate: cells.readCell('rate', readRate),
    mcc: cells.readCell('mcc', parseMcc),
  };
  return { is: 'OPERATION', row, errors: cells.errors };
}

function absolute(tiyn: bigint): bigint {
  return tiyn < 0n ? -tiyn : tiyn;
}
