import { almatyWallClock } from '@mpp/kernel';
import type { Cell, Column } from '@mpp/spreadsheet';
import type { OwnOperation, OwnTotals } from '../domain/own-operation.js';
import { COLUMN_TITLES } from '../domain/registry-header.js';
import type { RegistryKind } from '../domain/registry-row.js';

/** The header and "Итоги". */
export const HEAD_ROWS = 2;

/** Russian separators, 16 900,00, in any language; Excel uses the separators of its own language. */
const AMOUNT = { holds: 'amount', format: '[$-419]#,##0.00' } as const;
const RATE = { holds: 'number', format: '[$-419]0.00##' } as const;
const MOMENT = { holds: 'moment', format: 'dd.mm.yyyy hh:mm:ss', width: 20 } as const;
const COUNT = { holds: 'number', format: '0', width: 9 } as const;

const FEES: Readonly<Record<RegistryKind, readonly [fee: string, rate: string]>> = {
  DAILY: [COLUMN_TITLES.dailyFee, COLUMN_TITLES.dailyRate],
  MONTHLY: [COLUMN_TITLES.monthlyFee, COLUMN_TITLES.monthlyRate],
};

const TYPES = { PURCHASE: 'Покупка', REFUND: 'Возврат' } as const;

/** The columns of regulation 5.1 or 5.2, in their order. */
export function columnsOf(kind: RegistryKind): readonly Column[] {
  const [fee, rate] = FEES[kind];
  return [
    { header: COLUMN_TITLES.participant, holds: 'text', width: 26 },
    { header: COLUMN_TITLES.number, ...COUNT },
    { header: COLUMN_TITLES.kaspiOperationId, holds: 'text', width: 17 },
    { header: COLUMN_TITLES.mppPaymentId, holds: 'text', width: 38 },
    { header: COLUMN_TITLES.confirmed, holds: 'text', width: 16 },
    { header: COLUMN_TITLES.at, ...MOMENT },
    { header: COLUMN_TITLES.type, holds: 'text', width: 11 },
    { header: COLUMN_TITLES.method, holds: 'text', width: 9 },
    { header: COLUMN_TITLES.customerId, holds: 'text', width: 15 },
    { header: COLUMN_TITLES.amount, ...AMOUNT, width: 18 },
    { header: fee, ...AMOUNT, width: 20 },
    { header: rate, ...RATE, width: 19 },
    { header: COLUMN_TITLES.mcc, holds: 'text', width: 13 },
  ];
}

/** “Итоги”, and one row per operation. Only the monthly registry has a rate in “Итоги”. */
export async function* rowsOf(
  kind: RegistryKind,
  participant: string,
  totals: OwnTotals,
  operations: AsyncIterable<OwnOperation>,
): AsyncGenerator<Cell[]> {
  const { count, amount, fee, rate } = totals;
  const empty = [null, null, null, null, null, null, null];
  yield ['Итоги', count, ...empty, amount, fee, kind === 'MONTHLY' ? percentCell(rate) : null, null];
  let number = 0;
  for await (const operation of operations) yield rowOf(participant, ++number, operation);
}

function rowOf(participant: string, number: number, operation: OwnOperation): Cell[] {
  const { type, kaspiOperationId, paymentId, at, customerId, amount, fee, rate, mcc } = operation;
  const typeAndCustomer = [TYPES[type], 'QR', customerId];
  return [
    ...[participant, number, kaspiOperationId, paymentId, 'ДА', almatyWallClock(at), ...typeAndCustomer],
    ...[amount, fee, percentCell(rate), mcc],
  ];
}

/** A percentage as a number, because it has few digits. */
function percentCell(rate: bigint | null): number | null {
  return rate === null ? null : Number(rate) / 10_000;
}
