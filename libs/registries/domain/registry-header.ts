import type { RegistryKind } from './registry-row.js';
import { comparisonKey, type RegistryCell, shownText } from './sheet-cells.js';

/** The titles of the columns of both registries. Source: regulation 5.1, 5.2. */
export const COLUMN_TITLES = {
  participant: 'Наименование Участника',
  number: '#',
  kaspiOperationId: 'ID операции Kaspi',
  mppPaymentId: 'ID операции участника',
  confirmed: 'Подтвержденный платеж',
  at: 'Дата и время операции',
  type: 'Тип операции',
  method: 'Тип оплаты',
  customerId: 'ID клиента',
  amount: 'Сумма Платежа, тенге',
  dailyFee: 'Комиссия за Платежную услугу, тенге',
  monthlyFee: 'Комиссия за услугу "Сервис", тенге',
  dailyRate: 'Размер тарифа, Платежная услуга, %',
  monthlyRate: 'Размер тарифа, "Сервис", %',
  mcc: 'Категория продавца (MCC)',
} as const;

type Title = keyof typeof COLUMN_TITLES;
export type RegistryColumn = Exclude<Title, 'dailyFee' | 'monthlyFee' | 'dailyRate' | 'monthlyRate'> | 'fee' | 'rate';

/** A registry without one of these columns cannot be compared. */
const REQUIRED = ['kaspiOperationId', 'mppPaymentId', 'confirmed', 'at', 'type', 'amount'] as const;

const TITLE_BY_KEY: ReadonlyMap<string, Title> = new Map<string, Title>([
  ...(Object.entries(COLUMN_TITLES) as [Title, string][]).map(([title, text]): [string, Title] => [
    comparisonKey(text),
    title,
  ]),
  [comparisonKey('№'), 'number'],
  [comparisonKey('№ п/п'), 'number'],
]);

/** Titles except “#” have at least nine characters and no digits; few values of an operation do. */
const MIN_TITLE_LENGTH = 9;
const DIGIT = /\d/;

/** A row with fewer titles is not a header. */
const MIN_TITLES = 4;

export type NotARegistryReason =
  /** No row has titles of columns. */
  | 'NO_HEADER'
  /** The header lacks a required column. */
  | 'COLUMN_MISSING'
  /** The header has one column twice. */
  | 'COLUMN_TWICE'
  /** The header has columns of both registries. */
  | 'AMBIGUOUS_KIND'
  /** A second header differs from the first. */
  | 'HEADER_CHANGED'
  /** Two sheets have a header. */
  | 'SEVERAL_SHEETS';

/** A readable workbook that is not a registry of Kaspi. */
export class NotARegistry extends Error {
  override readonly name = 'NotARegistry';

  constructor(
    readonly reason: NotARegistryReason,
    /** The title of the wrong column in the regulation. */
    readonly column: string | null = null,
  ) {
    super(column === null ? reason : `${reason}: ${column}`);
  }
}

export interface RegistryHeader {
  readonly kind: RegistryKind;
  /** The index of each column, from 0. */
  readonly columns: ReadonlyMap<RegistryColumn, number>;
  /** The title of each column in the file. */
  readonly titles: ReadonlyMap<RegistryColumn, string>;
}

/** Reads a row as a header with columns in any order; null if it is none. Throws {@link NotARegistry}. */
export function parseHeader(cells: readonly RegistryCell[]): RegistryHeader | null {
  if (cells.filter(mayBeTitle).length < MIN_TITLES - 1) return null;
  const found = new Map<Title, number>();
  let twice: Title | null = null;
  for (const [index, cell] of cells.entries()) {
    const title = typeof cell === 'string' ? TITLE_BY_KEY.get(comparisonKey(cell)) : undefined;
    if (title === undefined) continue;
    if (found.has(title)) twice ??= title;
    found.set(title, index);
  }
  if (found.size < MIN_TITLES) return null;
  if (twice !== null) throw new NotARegistry('COLUMN_TWICE', COLUMN_TITLES[twice]);
  for (const column of REQUIRED)
    if (!found.has(column)) throw new NotARegistry('COLUMN_MISSING', COLUMN_TITLES[column]);
  const kind = kindOf(found);
  const columns = new Map([...found].map(([title, index]) => [columnOf(title), index]));
  const titles = new Map([...columns].map(([column, index]) => [column, shownText(cells[index])]));
  return { kind, columns, titles };
}

/** A cheap test, because every row of a million may be a header. */
function mayBeTitle(cell: RegistryCell): boolean {
  return typeof cell === 'string' && cell.length >= MIN_TITLE_LENGTH && !DIGIT.test(cell);
}

/** Daily and monthly registries differ in the service of the fee. */
function kindOf(found: ReadonlyMap<Title, number>): RegistryKind {
  const daily = found.has('dailyFee') || found.has('dailyRate');
  const monthly = found.has('monthlyFee') || found.has('monthlyRate');
  if (daily && monthly) throw new NotARegistry('AMBIGUOUS_KIND', COLUMN_TITLES.monthlyFee);
  if (found.has('dailyFee')) return 'DAILY';
  if (found.has('monthlyFee')) return 'MONTHLY';
  throw new NotARegistry('COLUMN_MISSING', monthly ? COLUMN_TITLES.monthlyFee : COLUMN_TITLES.dailyFee);
}

function columnOf(title: Title): RegistryColumn {
  if (title === 'dailyFee' || title === 'monthlyFee') return 'fee';
  return title === 'dailyRate' || title === 'monthlyRate' ? 'rate' : title;
}
