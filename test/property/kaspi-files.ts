import { businessDayOf, type DayRange } from '@mpp/kernel';
import { writeXlsx } from 'hucre/xlsx';
import type { BookedPayment, BookedRefund } from '../support/books.js';
import { inTenge } from '../support/registry-files.js';
import { headerCells } from '../support/regulation-registries.js';
import type { History, Planted } from './registry-history.js';

const MINUTE_MS = 60_000;

export type Kind = 'DAILY' | 'MONTHLY';

/** A row of a file, with the operation that it is about. A null value is written unreadably. */
export interface KaspiRow {
  /** The same for all rows of one operation. */
  readonly operation: string;
  readonly payment: BookedPayment | null;
  readonly refund: BookedRefund | null;
  readonly type: 'PURCHASE' | 'REFUND' | null;
  readonly confirmed: boolean | null;
  readonly at: Date;
  readonly kaspiId: string;
  readonly mppId: string | null;
  readonly customer: string;
  readonly amount: bigint | null;
  readonly fee: bigint;
  readonly mcc: string;
}

export interface KaspiFile {
  readonly kind: Kind;
  readonly period: DayRange;
  readonly totals: { readonly rows: number; readonly amount: bigint; readonly fee: bigint } | null;
  readonly rows: readonly KaspiRow[];
}

/** In ten-thousandths of a percent, by the month: a tariff changes with every month. */
export const rateIn = (mcc: string, day: string): bigint | null =>
  mcc === '5812' ? (Number(day.slice(5, 7)) % 2 === 0 ? 5_500n : 5_000n) : mcc === '8021' ? 12_300n : null;
export const SERVICE_RATE = 2_000n;
/** Kaspi's rate for operations for which we have no tariff. */
const STATED_RATE = 10_000n;

export const feeByTariff = (kind: Kind, mcc: string, day: string, amount: bigint): bigint => {
  const rate = kind === 'MONTHLY' ? SERVICE_RATE : (rateIn(mcc, day) ?? STATED_RATE);
  return (amount * rate + 500_000n) / 1_000_000n;
};

export const midnight = (day: string) => new Date(`${day}T00:00:00${day < '2024-03-01' ? '+06:00' : '+05:00'}`);
const isIn = (at: Date, { from, to }: DayRange) => from <= businessDayOf(at) && businessDayOf(at) <= to;

/** The registry of a period: its rows, with their planned differences, and its totals. */
export function fileOf(
  kind: Kind,
  period: DayRange,
  all: readonly { planted: Planted; row: KaspiRow }[],
  groups: readonly DayRange[],
  wrong: History['totals'][number],
): KaspiFile {
  const rows = all.flatMap(({ planted, row }) => {
    const what = planted.where === 'BOTH' || planted.where === kind ? planted.what : 'AS_IT_WAS';
    const fee =
      row.fee === 0n && row.type === 'REFUND'
        ? 0n
        : feeByTariff(kind, row.mcc, businessDayOf(row.at), row.amount ?? 0n);
    const correct = { ...row, fee: row.confirmed === false ? 0n : row.type === 'REFUND' ? -fee : fee };
    const here = isIn(row.at, period) ? withDifference(correct, what) : [];
    // The same time of day in another group.
    const other = groups.find((group) => !isIn(row.at, group));
    if (what !== 'ANOTHER_DAY_TOO' || kind !== 'DAILY' || other?.from !== period.from) return here;
    const time = row.at.getTime() - midnight(businessDayOf(row.at)).getTime();
    // A time near midnight would belong to the day before.
    return [
      ...here,
      {
        ...correct,
        at: new Date(midnight(period.from).getTime() + Math.min(Math.max(time, 30 * MINUTE_MS), 1300 * MINUTE_MS)),
      },
    ];
  });
  const sum = (of: (row: KaspiRow) => bigint) =>
    rows.filter(({ confirmed }) => confirmed !== false).reduce((total, row) => total + of(row), 0n);
  const totals = {
    rows: rows.length + (wrong === 'ROWS' ? 1 : 0),
    amount: sum(({ type, amount }) => (type === 'REFUND' ? -1n : 1n) * (amount ?? 0n)) + (wrong === 'AMOUNT' ? 7n : 0n),
    fee: sum(({ fee }) => fee) + (wrong === 'FEE' ? 3n : 0n),
  };
  return { kind, period, rows, totals: wrong === 'NONE' ? null : totals };
}

function withDifference(row: KaspiRow, what: Planted['what']): KaspiRow[] {
  switch (what) {
    case 'LEFT_OUT':
      return [];
    case 'AMOUNT':
      return [{ ...row, amount: (row.amount ?? 0n) + 1n }];
    case 'CUSTOMER':
      return [{ ...row, customer: '999' }];
    case 'FEE':
      return [{ ...row, fee: row.fee + (row.fee < 0n ? -1n : 1n) }];
    case 'OTHER_ANSWER':
      return [{ ...row, confirmed: !row.confirmed }];
    case 'TWICE':
      return [row, row];
    case 'UNREADABLE_AMOUNT':
      return [{ ...row, amount: null }];
    case 'UNREADABLE_ANSWER':
      return [{ ...row, confirmed: null }];
    case 'UNREADABLE_TYPE':
      return [{ ...row, type: null }];
    default:
      return [row];
  }
}

const WALL_CLOCK = new Intl.DateTimeFormat('ru-RU', {
  timeZone: 'Asia/Almaty',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const wallClockOf = (at: Date) =>
  WALL_CLOCK.format(at)
    .replace(/^(\d\d\.\d\d)\.(\d\d), /, '$1.20$2 ')
    .replace(', ', ' ');

/** The workbook; with `columns` 0 in the regulation's order, else in reverse order. */
export async function workbookOf({ kind, rows, totals }: KaspiFile, columns: number): Promise<Uint8Array> {
  const signed = ({ type, amount }: KaspiRow) =>
    amount === null ? 'не число' : inTenge(type === 'REFUND' ? -amount : amount);
  const lines = [
    headerCells(kind),
    ...(totals === null
      ? []
      : [
          [
            'Итоги',
            String(totals.rows),
            ...Array(7).fill(null),
            inTenge(totals.amount),
            inTenge(totals.fee),
            null,
            null,
          ],
        ]),
    ...rows.map((row, index) => [
      ...['АО "_____ Bank"', String(index + 1), row.kaspiId, row.mppId],
      ...[row.confirmed === null ? 'МОЖЕТ БЫТЬ' : row.confirmed ? 'ДА' : 'НЕТ', wallClockOf(row.at)],
      ...[row.type === null ? 'Перевод' : row.type === 'REFUND' ? 'Возврат' : 'Покупка', 'QR', row.customer],
      ...[signed(row), inTenge(row.fee), '1,00', row.mcc],
    ]),
  ];
  const cells = columns === 0 ? lines : lines.map((line) => line.toReversed());
  return writeXlsx({ sheets: [{ name: 'Реестр', rows: cells }] });
}
