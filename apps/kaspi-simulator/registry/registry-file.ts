import { formatTiyn } from '@mpp/kernel';
import { writeXlsx } from 'hucre/xlsx';
import { almatyAsUtc, almatyMidnight, almatyMoment } from '../domain/almaty-time.js';
import type { Days, RegistryLine, Totals } from '../domain/registry.js';
import type { RegistryKind } from '../domain/registry-rates.js';

/** How numbers and times are written: as texts like "16 900,00", or as what a spreadsheet calculates with. */
export const CELLS = ['text', 'numeric'] as const;
export type Cells = (typeof CELLS)[number];

export interface RegistryContent {
  readonly kind: RegistryKind;
  readonly days: Days;
  readonly lines: readonly RegistryLine[];
  readonly totals: Totals;
}

/** The participant of the regulation's examples. */
const PARTICIPANT = 'АО "_____ Bank"';

/** The columns of regulation 5.1 and 5.2, of which only the fee's differ. */
const headerOf = (kind: RegistryKind) => [
  'Наименование Участника',
  '#',
  'ID операции Kaspi',
  'ID операции участника',
  'Подтвержденный платеж',
  'Дата и время операции',
  'Тип операции',
  'Тип оплаты',
  'ID клиента',
  'Сумма Платежа, тенге',
  ...(kind === 'daily'
    ? ['Комиссия за Платежную услугу, тенге', 'Размер тарифа, Платежная услуга, %']
    : ['Комиссия за услугу "Сервис", тенге', 'Размер тарифа, "Сервис", %']),
  'Категория продавца (MCC)',
];

const WIDTHS = [24, 6, 18, 38, 14, 20, 12, 10, 14, 16, 16, 12, 12];
const FORMATS: readonly (string | undefined)[] = Object.assign(Array(WIDTHS.length).fill(undefined), {
  1: '0',
  5: 'dd.mm.yyyy hh:mm:ss',
  9: '#,##0.00',
  10: '#,##0.00',
  11: '0.00##',
});

type Cell = string | number | Date | null;

interface Writing {
  count(count: number): Cell;
  moment(at: Date): Cell;
  money(tiyn: bigint): Cell;
  rate(rate: bigint): Cell;
}

/** A spreadsheet shows 15 digits of a number. */
const MOST_TIYN_OF_A_NUMBER = 10n ** 15n;

const AS_TEXT: Writing = { count: String, moment: almatyMoment, money: moneyText, rate: rateText };
const AS_NUMBERS: Writing = {
  count: (count) => count,
  moment: almatyAsUtc,
  money: (tiyn) =>
    tiyn > -MOST_TIYN_OF_A_NUMBER && tiyn < MOST_TIYN_OF_A_NUMBER ? Number(formatTiyn(tiyn)) : moneyText(tiyn),
  rate: (rate) => Number(rate) / 10_000,
};

/** An .xlsx as the regulation's section 5 shows it. The same content is the same file, to the byte. */
export async function registryFile({ kind, days, lines, totals }: RegistryContent, cells: Cells): Promise<Buffer> {
  const writing = cells === 'text' ? AS_TEXT : AS_NUMBERS;
  const rows = [
    headerOf(kind),
    totalsRow(kind, totals, lines, writing),
    ...lines.map((line, index) => lineRow(line, index + 1, writing)),
  ];
  const columns = WIDTHS.map((width, index) => {
    const numFmt = cells === 'text' ? undefined : FORMATS[index];
    return { width, ...(numFmt !== undefined && { numFmt }) };
  });
  // A workbook says when it was written. Kaspi writes it when its days are over.
  const written = almatyMidnight(days.to, 1);
  const properties = { created: written, modified: written };
  return Buffer.from(await writeXlsx({ sheets: [{ name: 'Реестр', columns, rows }], properties }));
}

/** Only the monthly one has a rate here: all of its rows have the same. */
function totalsRow(kind: RegistryKind, totals: Totals, lines: readonly RegistryLine[], writing: Writing): Cell[] {
  const purchase = lines.find(({ type }) => type === 'Покупка');
  const rate = kind === 'daily' || purchase === undefined ? null : writing.rate(purchase.rate);
  const { operations, amount, fee } = totals;
  const nothing = Array<null>(7).fill(null);
  return ['Итоги', writing.count(operations), ...nothing, writing.money(amount), writing.money(fee), rate, null];
}

function lineRow(line: RegistryLine, number: number, writing: Writing): Cell[] {
  return [
    PARTICIPANT,
    writing.count(number),
    line.operationId,
    line.mppPaymentId,
    line.confirmed ? 'ДА' : 'НЕТ',
    writing.moment(line.at),
    line.type,
    'QR',
    line.customerId,
    writing.money(line.amount),
    writing.money(line.fee),
    writing.rate(line.rate),
    line.mcc,
  ];
}

/** `16 900,00` */
function moneyText(tiyn: bigint): string {
  const [whole = '', decimals] = formatTiyn(tiyn).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ' ')},${decimals}`;
}

/** `0,50`; where two decimals are not enough, all of them. */
function rateText(rate: bigint): string {
  const decimals = String(rate % 10_000n).padStart(4, '0');
  return `${rate / 10_000n},${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`;
}
