import { formatTiyn } from '@mpp/kernel';
import { writeXlsx } from 'hucre/xlsx';
import { almatyAsUtc, almatyMidnight, almatyMoment } from '../domain/almaty-time.js';
import type { Days, RegistryLine, Totals } from '../domain/registry.js';
import type { RegistryKind } from '../domain/registry-rates.js';

/** Numbers and times are texts like "16 900,00", or spreadsheet numbers and dates. */
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

/** The columns of regulation 5.1 and 5.2, which differ in the two columns of the fee. */
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

interface CellFormat {
  count(count: number): Cell;
  moment(at: Date): Cell;
  money(tiyn: bigint): Cell;
  rate(rate: bigint): Cell;
}

/** A spreadsheet keeps 15 digits of a number. */
const MAX_TIYN_AS_NUMBER = 10n ** 15n;

const AS_TEXT: CellFormat = { count: String, moment: almatyMoment, money: moneyText, rate: rateText };
const AS_NUMBERS: CellFormat = {
  count: (count) => count,
  moment: almatyAsUtc,
  money: (tiyn) =>
    tiyn > -MAX_TIYN_AS_NUMBER && tiyn < MAX_TIYN_AS_NUMBER ? Number(formatTiyn(tiyn)) : moneyText(tiyn),
  rate: (rate) => Number(rate) / 10_000,
};

/** Writes an .xlsx as in regulation 5. The same content gives the same bytes. */
export async function writeRegistryFile({ kind, days, lines, totals }: RegistryContent, cells: Cells): Promise<Buffer> {
  const format = cells === 'text' ? AS_TEXT : AS_NUMBERS;
  const rows = [
    headerOf(kind),
    totalsRow(kind, totals, lines, format),
    ...lines.map((line, index) => lineRow(line, index + 1, format)),
  ];
  const columns = WIDTHS.map((width, index) => {
    const numFmt = cells === 'text' ? undefined : FORMATS[index];
    return { width, ...(numFmt !== undefined && { numFmt }) };
  });
  // Kaspi writes a registry at the end of its last day.
  const written = almatyMidnight(days.to, 1);
  const properties = { created: written, modified: written };
  return Buffer.from(await writeXlsx({ sheets: [{ name: 'Реестр', columns, rows }], properties }));
}

/** Only the monthly registry has a rate here, because all of its purchases have the same. */
function totalsRow(kind: RegistryKind, totals: Totals, lines: readonly RegistryLine[], format: CellFormat): Cell[] {
  const purchase = lines.find(({ type }) => type === 'Покупка');
  const rate = kind === 'daily' || purchase === undefined ? null : format.rate(purchase.rate);
  const { operations, amount, fee } = totals;
  const empty = Array<null>(7).fill(null);
  return ['Итоги', format.count(operations), ...empty, format.money(amount), format.money(fee), rate, null];
}

function lineRow(line: RegistryLine, number: number, format: CellFormat): Cell[] {
  return [
    PARTICIPANT,
    format.count(number),
    line.operationId,
    line.mppPaymentId,
    line.confirmed ? 'ДА' : 'НЕТ',
    format.moment(line.at),
    line.type,
    'QR',
    line.customerId,
    format.money(line.amount),
    format.money(line.fee),
    format.rate(line.rate),
    line.mcc,
  ];
}

/** `16 900,00` */
function moneyText(tiyn: bigint): string {
  const [whole = '', decimals] = formatTiyn(tiyn).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ' ')},${decimals}`;
}

/** `0,50`, or up to four decimals if needed. */
function rateText(rate: bigint): string {
  const decimals = String(rate % 10_000n).padStart(4, '0');
  return `${rate / 10_000n},${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`;
}
