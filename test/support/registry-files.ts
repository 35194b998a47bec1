import { randomUUID } from 'node:crypto';
import { formatTiyn } from '@mpp/kernel';
import { writeXlsx } from 'hucre/xlsx';

/** A row of a registry to be written; omitted fields have usual values. Amounts in tiyn. */
export interface WrittenRow {
  readonly kaspiOperationId?: string | null;
  readonly mppPaymentId?: string | null;
  readonly confirmed?: string;
  readonly at: Date;
  readonly type?: 'Покупка' | 'Возврат';
  readonly customerId?: string | null;
  readonly amount: bigint;
  /** Null writes an empty cell. */
  readonly fee?: bigint | null;
  /** The text of the cell, for example 0,50. */
  readonly rate?: string;
  readonly mcc?: string | null;
}

export interface WrittenTotals {
  readonly rows?: number;
  readonly amount?: bigint;
  readonly fee?: bigint;
}

const HEADERS = {
  DAILY: ['Комиссия за Платежную услугу, тенге', 'Размер тарифа, Платежная услуга, %'],
  MONTHLY: ['Комиссия за услугу "Сервис", тенге', 'Размер тарифа, "Сервис", %'],
} as const;

const ALMATY = new Intl.DateTimeFormat('ru-RU', {
  timeZone: 'Asia/Almaty',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Like 16 900,00, with a no-break space. */
export const inTenge = (tiyn: bigint) =>
  formatTiyn(tiyn)
    .replace('.', ',')
    .replace(/\B(?=(\d{3})+,)/g, '\u00A0');
/** Null for an invalid date. */
const moment = (at: Date) => (Number.isNaN(at.getTime()) ? null : ALMATY.format(at).replace(', ', ' '));

/**
 * A registry in the form of the regulation (5.1, 5.2), all cells texts. "Итоги" has the sums of the rows except for the given
 * values; with `null` the line is left out.
 */
export async function registryFile(
  kind: 'DAILY' | 'MONTHLY',
  rows: readonly WrittenRow[],
  totals: WrittenTotals | null = {},
): Promise<Uint8Array> {
  const header = [
    ...['Наименование Участника', '#', 'ID операции Kaspi', 'ID операции участника', 'Подтвержденный платеж'],
    ...['Дата и время операции', 'Тип операции', 'Тип оплаты', 'ID клиента', 'Сумма Платежа, тенге'],
    ...HEADERS[kind],
    'Категория продавца (MCC)',
  ];
  const signed = ({ type, amount }: WrittenRow) => (type === 'Возврат' ? -amount : amount);
  const confirmed = rows.filter((row) => row.confirmed !== 'НЕТ');
  const sums = {
    rows: rows.length,
    amount: confirmed.reduce((sum, row) => sum + signed(row), 0n),
    fee: confirmed.reduce((sum, row) => sum + (row.fee ?? 0n), 0n),
    ...totals,
  };
  const total = [
    'Итоги',
    String(sums.rows),
    ...Array(7).fill(null),
    inTenge(sums.amount),
    inTenge(sums.fee),
    null,
    null,
  ];
  const lines = rows.map((row, index) => [
    'АО "_____ Bank"',
    String(index + 1),
    row.kaspiOperationId ?? null,
    row.mppPaymentId ?? null,
    row.confirmed ?? 'ДА',
    moment(row.at),
    row.type ?? 'Покупка',
    'QR',
    row.customerId ?? null,
    inTenge(signed(row)),
    row.fee === null ? null : inTenge(row.fee ?? 0n),
    row.rate ?? null,
    row.mcc ?? null,
  ]);
  // The same rows in another file are another version of the registry; equal bytes would be the same file.
  const properties = { title: randomUUID() };
  const sheet = { name: 'Реестр', rows: [header, ...(totals === null ? [] : [total]), ...lines] };
  return writeXlsx({ properties, sheets: [sheet] });
}
