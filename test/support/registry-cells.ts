import { NotARegistry } from '../../libs/registries/domain/registry-header.js';
import type { RegistryCell } from '../../libs/registries/domain/sheet-cells.js';
import { exampleCells, headerCells, readSheetContent } from './regulation-registries.js';

export const HEADER = headerCells('DAILY');
/** The first operation of the regulation's example. */
export const [, , PURCHASE = []] = exampleCells('DAILY');

/** Where the header of the example has each column. */
export const COLUMN_INDEXES = {
  number: 1,
  kaspi: 2,
  ours: 3,
  confirmed: 4,
  at: 5,
  type: 6,
  customer: 8,
  amount: 9,
  fee: 10,
  rate: 11,
  mcc: 12,
};
export type Column = keyof typeof COLUMN_INDEXES;
export type ChangedCells = Partial<Record<Column, RegistryCell>>;

/** The first operation of the example with other values in some columns. */
export function purchaseCells(cells: ChangedCells): RegistryCell[] {
  return PURCHASE.map((cell, index) => {
    const column = (Object.keys(COLUMN_INDEXES) as Column[]).find((name) => COLUMN_INDEXES[name] === index);
    return column !== undefined && column in cells ? (cells[column] ?? null) : cell;
  });
}

/** The operation that these cells are read as, and its problems by column. */
export function readPurchase(cells: ChangedCells) {
  const { operations, errors } = readSheetContent([HEADER, purchaseCells(cells)]);
  return { ...operations[0], problems: errors.map(({ column, problem }) => `${column} ${problem}`) };
}

/** Why the rows are not a registry; “read” if they are. */
export function refusalOfRows(rows: readonly (readonly RegistryCell[])[]): string {
  try {
    readSheetContent(rows);
  } catch (error) {
    if (error instanceof NotARegistry) return `${error.reason} ${error.column ?? ''}`.trim();
    throw error;
  }
  return 'read';
}
