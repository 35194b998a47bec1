import type { RegistryKind } from './registry-row.js';
import { comparisonKey, type RegistryCell, shownText } from './sheet-cells.js';

/** The columns of both registries as the regulation calls them (5.1, 5.2). */
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

/** Without one of these a registry cannot be compared with anything. */
const REQUIRED = ['kaspiOperationId', 'mppPaymentId', 'confirmed', 'at', 'type', 'amount'] as const;

const TITLE_BY_KEY: ReadonlyMap<string, Title> = new Map<string, Title>([
  ...(Object.entries(COLUMN_TITLES) as [Title, string][]).map(([title, text]): [string, Title] => [
    comparisonKey(text),
    title,
  ]),
  [comparisonKey('№'), 'number'],
  [comparisonKey('№ п/п'), 'number'],
]);

/** Titles are of nine letters at least, but for "#", and of no digits. Hardly anything of an operation is so. */
const SHORTEST_TITLE = 9;
const DIGIT = /\d/;

/** A row that names fewer of the columns is a title, a note or an operation. */
const LEAST_OF_A_HEADER = 4;

export type NotARegistryReason =
  /** No row names columns of a registry. */
  | 'NO_HEADER'
  /** The header lacks a column that is needed. */
  | 'COLUMN_MISSING'
  /** The header has one column twice. */
  | 'COLUMN_TWICE'
  /** The header has columns of both registries. */
  | 'AMBIGUOUS_KIND'
  /** A second header is another one. */
  | 'HEADER_CHANGED';

/** A workbook that is read well, and is no registry of Kaspi's. */
export class NotARegistry extends Error {
  override readonly name = 'NotARegistry';

  constructor(
    readonly reason: NotARegistryReason,
    /** What the column at fault is called in the regulation. */
    readonly column: string | null = null,
  ) {
    super(column === null ? reason : `${reason}: ${column}`);
  }
}

export interface RegistryHeader {
  readonly kind: RegistryKind;
  /** Where each column is, from 0. */
  readonly columns: ReadonlyMap<RegistryColumn, number>;
  /** What each is called in the file. */
  readonly titles: ReadonlyMap<RegistryColumn, string>;
}

/** The header that a row is, wherever it begins and in whatever order; null where it is none. Throws {@link NotARegistry}. */
export function headerOf(cells: readonly RegistryCell[]): RegistryHeader | null {
  if (cells.filter(mayBeTitle).length < LEAST_OF_A_HEADER - 1) return null;
  const found = new Map<Title, number>();
  let twice: Title | null = null;
  for (const [index, cell] of cells.entries()) {
    const title = typeof cell === 'string' ? TITLE_BY_KEY.get(comparisonKey(cell)) : undefined;
    if (title === undefined) continue;
    if (found.has(title)) twice ??= title;
    found.set(title, index);
  }
  if (found.size < LEAST_OF_A_HEADER) return null;
  if (twice !== null) throw new NotARegistry('COLUMN_TWICE', COLUMN_TITLES[twice]);
  for (const column of REQUIRED)
    if (!found.has(column)) throw new NotARegistry('COLUMN_MISSING', COLUMN_TITLES[column]);
  const kind = kindOf(found);
  const columns = new Map([...found].map(([title, index]) => [columnOf(title), index]));
  const titles = new Map([...columns].map(([column, index]) => [column, shownText(cells[index])]));
  return { kind, columns, titles };
}

/** Told without much ado: a million rows are asked whether they are a header. */
function mayBeTitle(cell: RegistryCell): boolean {
  return typeof cell === 'string' && cell.length >= SHORTEST_TITLE && !DIGIT.test(cell);
}

/** The registries differ in what the fee is for. */
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
