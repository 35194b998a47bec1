import { describe, expect, it } from '@jest/globals';
import { type OperationsOfDay, periodOf } from '../../../libs/registries/domain/period.js';
import type { RegistryKind } from '../../../libs/registries/domain/registry-row.js';
import { isSameCustomer } from '../../../libs/registries/domain/same-customer.js';
import type { RegistryCell } from '../../../libs/registries/domain/sheet-cells.js';
import { day, MARCH_2026 } from '../../support/calendar.js';
import { type Column, HEADER, readPurchase } from '../../support/registry-cells.js';
import { readSheetContent } from '../../support/regulation-registries.js';
import { entriesOf } from './entries.js';

/** `date`: the wall clock of a date cell; `unknown`: a formula without a valid value. */
type Cell = string | number | boolean | null | { readonly date: string } | { readonly unknown: true };

const cellOf = (cell: Cell): RegistryCell =>
  typeof cell === 'object' && cell !== null && 'date' in cell ? new Date(cell.date) : cell;

/** As JSON has it: amounts and fees in tiyn, rates in ten-thousandths of a percent. */
const shown = (value: object) =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)));

interface ReadRow {
  readonly row: object;
  /** With their columns. */
  readonly problems: readonly string[];
}

describe('registry-cells.json: the first operation of the regulation’s example (5.1) with other cells', () => {
  it.each(entriesOf<Record<Column, Cell>, ReadRow>('registry-cells'))('%s', (_, { input, right }) => {
    const cells = Object.fromEntries(Object.entries(input).map(([column, cell]) => [column, cellOf(cell)]));
    const { problems, ...row } = readPurchase(cells);
    expect(problems).toEqual(right.problems);
    expect(shown(row)).toMatchObject(right.row);
  });
});

interface ReadRows {
  /** The types of the operations. */
  readonly operations: readonly (string | null)[];
  readonly totals: readonly object[];
  readonly errors: readonly string[];
}

describe('registry-rows.json: rows below the header of a daily registry (5.1)', () => {
  it.each(entriesOf<Cell[][], ReadRows>('registry-rows'))('%s', (_, { input, right }) => {
    const { operations, totals, errors } = readSheetContent([HEADER, ...input.map((row) => row.map(cellOf))]);
    expect({
      operations: operations.map(({ type }) => type),
      totals: shown(totals),
      errors: errors.map(({ column, problem }) => `${column} ${problem}`),
    }).toEqual(right);
  });
});

interface Days {
  readonly kind: RegistryKind;
  /** How many operations each has in its first minutes, in its last minutes, and between. */
  readonly days: readonly (Partial<OperationsOfDay> & { readonly day: string })[];
}

describe('registry-days.json: the days that a registry is about, with the holidays of March 2026', () => {
  it.each(entriesOf<Days, object | null>('registry-days'))('%s', (_, { input: { kind, days }, right }) => {
    const counts = days.map((each) => ({ first: 0, between: 0, last: 0, ...each, day: day(each.day) }));
    expect(periodOf(kind, counts, MARCH_2026)).toEqual(right);
  });
});

describe('same-customers.json: whether two ids name one customer', () => {
  it.each(entriesOf<[string, string], boolean>('same-customers'))('%s', (_, { input: [one, other], right }) => {
    expect([isSameCustomer(one, other), isSameCustomer(other, one)]).toEqual([right, right]);
  });
});
