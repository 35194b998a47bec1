import { addDays, type BusinessDay, businessDayOf, type DayRange, daysOf, monthOf } from '@mpp/kernel';
import { writeXlsx } from 'hucre/xlsx';
import { WorkingDays } from '../../libs/calendar/domain/working-days.js';
import { kazakhstanHolidays } from '../../libs/calendar/kazakhstan-holidays.js';
import { groupOf } from '../../libs/registries/domain/period.js';
import type { BookedPayment, BookedRefund, Books } from '../support/books.js';
import { inTenge } from '../support/registry-files.js';
import { headerCells } from '../support/regulation-registries.js';
import { type GivenPayment, type GivenRefund, GROUPS, type History, type Planted } from './registry-history.js';

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

export interface BookedHistory {
  readonly payments: readonly { readonly given: GivenPayment; readonly booked: BookedPayment }[];
  readonly refunds: readonly { readonly given: GivenRefund; readonly booked: BookedRefund }[];
  readonly files: readonly KaspiFile[];
}

const CALENDAR = new WorkingDays(kazakhstanHolidays, []);
const MINUTE_MS = 60_000;
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
const after = (day: string, minutes: number, seconds = 0) =>
  new Date(midnight(day).getTime() + minutes * MINUTE_MS + seconds * 1000);

let ids = 10_000_000;

/** Books a history in a month and the next one. Returns the operations and Kaspi's registries about them. */
export async function bookHistory(history: History, month: string, books: Books): Promise<BookedHistory> {
  const groups: DayRange[] = [];
  for (let day = `${month}-${history.startsOn}` as BusinessDay; groups.length < GROUPS; ) {
    const group = groupOf('DAILY', day, CALENDAR);
    groups.push(group);
    day = addDays(group.to, 1);
  }
  const payments: { given: GivenPayment; booked: BookedPayment }[] = [];
  const refunds: { given: GivenRefund; booked: BookedRefund }[] = [];
  const rows: { planted: Planted; row: KaspiRow }[] = [];
  const bought = async (given: GivenPayment) => {
    const days = daysOf(groups[given.group] as DayRange);
    const day = days[given.day % days.length] as BusinessDay;
    // Both days belong to the history.
    const next = given.group === GROUPS - 1 && day === days.at(-1) ? null : addDays(day, 1);
    const clocks = next === null ? 'SAME_DAY' : given.clocks;
    const ofDay = after(day, given.minute);
    const late = after(day, 24 * 60 - 2, payments.length);
    const early = new Date(late.getTime() + 3 * MINUTE_MS);
    const [ours, theirs] =
      clocks === 'SAME_DAY' ? [ofDay, ofDay] : clocks === 'OURS_BEFORE_MIDNIGHT' ? [late, early] : [early, late];
    const [kaspiId, confirmed] = [`QR${++ids}`, given.status === 'CONFIRMED'];
    const known = confirmed && given.byKaspisIdAlone;
    const { amount, status, mcc } = given;
    const booked = await books.payment({ at: ours, amount, status, mcc, kaspiOperationId: known ? kaspiId : null });
    payments.push({ given, booked });
    const row: KaspiRow = {
      ...{
        operation: `payment ${booked.id}`,
        payment: booked,
        refund: null,
        type: 'PURCHASE',
        at: theirs,
        kaspiId,
        mcc,
      },
      ...{ confirmed: given.status === 'IN_DOUBT' ? given.inDoubt === 'ДА' : true, fee: 0n, amount },
      ...{ mppId: known && given.planted.what !== 'UNREADABLE_TYPE' ? null : booked.id, customer: booked.customerId },
    };
    // Kaspi has no row of a payment that is not confirmed, unless by mistake.
    const isThere =
      confirmed || (status === 'IN_DOUBT' ? given.inDoubt !== 'NOTHING' : given.planted.what === 'OTHER_ANSWER');
    const planted: Planted =
      confirmed || status === 'IN_DOUBT' ? given.planted : { what: 'AS_IT_WAS', where: given.planted.where };
    if (isThere) rows.push({ planted, row });
    if (!confirmed || clocks !== 'SAME_DAY') return;
    for (const [index, back] of given.refunds.entries()) await refund(back, index, given, booked, row);
  };
  const refund = async (
    given: GivenRefund,
    index: number,
    of: GivenPayment,
    payment: BookedPayment,
    paid: KaspiRow,
  ) => {
    const group = groups[of.group + (given.later ? 1 : 0)];
    const base = given.later && group ? after(group.from, of.minute) : payment.at;
    const at = new Date(base.getTime() + (index + 1) * 11 * MINUTE_MS);
    const kaspiId = `QR${++ids}`;
    const booked = await books.refund(payment, {
      at,
      amount: given.amount,
      kaspiOperationId: given.known ? kaspiId : null,
    });
    refunds.push({ given, booked });
    const row: KaspiRow = {
      ...paid,
      ...{
        operation: `refund ${booked.id}`,
        refund: booked,
        type: 'REFUND',
        kaspiId,
        amount: given.amount,
        confirmed: true,
      },
      ...{ mppId: given.known && given.planted.what !== 'UNREADABLE_TYPE' ? null : payment.id },
      // A file has whole seconds only.
      ...{ at: new Date(at.getTime() + index * 1000), fee: given.feeBack ? 1n : 0n },
    };
    rows.push({ planted: given.planted, row });
  };
  // With one operation in each group no registry is empty, whatever differences are planted.
  for (const group of groups.keys()) await bought({ ...ANCHOR, group });
  for (const given of history.payments) await bought(given);
  for (const given of history.strangers) {
    const at = after((groups[given.group] as DayRange).from, given.minute);
    const kaspiId = `QR${++ids}`;
    const row: KaspiRow = {
      ...{ operation: kaspiId, payment: null, refund: null, type: given.refund ? 'REFUND' : 'PURCHASE', at, kaspiId },
      ...{ confirmed: true, fee: 0n, amount: given.amount, mppId: `nobody-${ids}`, customer: '5', mcc: '8021' },
    };
    rows.push({ planted: given.planted, row });
  }
  const months = [monthOf(groups[0]?.from as BusinessDay), monthOf(groups.at(-1)?.to as BusinessDay)];
  const periods = [...groups.map((period) => ({ kind: 'DAILY' as const, period })), ...distinct(months)];
  const files = periods.map(({ kind, period }, index) =>
    fileOf(kind, period, rows, groups, history.totals[index] ?? 'RIGHT'),
  );
  return { payments, refunds, files };
}

function distinct(months: readonly DayRange[]): { kind: 'MONTHLY'; period: DayRange }[] {
  return [...new Map(months.map((period) => [period.from, period])).values()].map((period) => ({
    kind: 'MONTHLY',
    period,
  }));
}

const ANCHOR: GivenPayment = {
  ...{ group: 0, day: 0, minute: 720, clocks: 'SAME_DAY', status: 'CONFIRMED', amount: 123_450n, mcc: '8021' },
  ...{ byKaspisIdAlone: false, inDoubt: 'NOTHING', resolve: null, refunds: [] },
  planted: { what: 'AS_IT_WAS', where: 'BOTH' },
};

const isIn = (at: Date, { from, to }: DayRange) => from <= businessDayOf(at) && businessDayOf(at) <= to;

function fileOf(
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
    const true_ = { ...row, fee: row.confirmed === false ? 0n : row.type === 'REFUND' ? -fee : fee };
    const here = isIn(row.at, period) ? withDifference(true_, what) : [];
    // The same time of day in another group.
    const other = groups.find((group) => !isIn(row.at, group));
    if (what !== 'ANOTHER_DAY_TOO' || kind !== 'DAILY' || other?.from !== period.from) return here;
    const time = row.at.getTime() - midnight(businessDayOf(row.at)).getTime();
    // A time near midnight would belong to the day before.
    return [
      ...here,
      {
        ...true_,
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
