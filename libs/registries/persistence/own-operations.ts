import { type BusinessDay, beginOf, boundsOf } from '@mpp/kernel';
import type { Snapshot } from '@mpp/platform';
import type { OwnOperation, OwnTotals } from '../domain/own-operation.js';
import type { RegistryKind } from '../domain/registry-row.js';
import { SERVICE_BY_KIND } from '../domain/tariff.js';

const ROWS_PER_FETCH = 2000;

/**
 * $1: the beginnings of the days; $2, $3: the beginning of the first and the end of the last; $4: the date of the first; $5:
 * the service of the fee. The regulation has no rule for returning a fee, so a refund has none.
 */
const OPERATIONS = `
  with purchases as (
    select p.id, p.kaspi_operation_id, p.at, p.customer_id, p.amount, p.mcc,
      registry_rate($5, p.mcc, $4::date + width_bucket(p.at, $1::timestamptz[]) - 1) as rate
    from qr_payments_owed p where p.at >= $2 and p.at < $3),
  operations as (
    select 'PURCHASE' as type, id, kaspi_operation_id, id as payment_id, at, customer_id, amount,
      registry_fee(amount, rate) as fee, rate, mcc
    from purchases
    union all
    select 'REFUND', f.id, f.kaspi_operation_id, f.payment_id, f.at, f.customer_id, -f.amount, 0, null, p.mcc
    from refunds_to_reconcile f join qr_payments_to_reconcile p on p.id = f.payment_id
    where f.at >= $2 and f.at < $3)`;

const parametersOf = (kind: RegistryKind, days: readonly BusinessDay[]) => [
  days.map(beginOf),
  ...boundsOf(days),
  days[0],
  SERVICE_BY_KIND[kind],
];

export async function sumOwnOperations(
  snapshot: Snapshot,
  kind: RegistryKind,
  days: readonly BusinessDay[],
): Promise<OwnTotals> {
  type Row = { count: number; amount: string; fee: string; rate: string | null };
  const [row] = await snapshot.query<Row[]>(
    `${OPERATIONS}
     select count(*)::int as count, coalesce(sum(amount), 0)::text as amount, coalesce(sum(fee), 0)::text as fee,
       case when min(rate) = max(rate) and count(rate) = count(*) filter (where type = 'PURCHASE') then min(rate) end as rate
     from operations`,
    parametersOf(kind, days),
  );
  return {
    count: row?.count ?? 0,
    amount: BigInt(row?.amount ?? 0),
    fee: BigInt(row?.fee ?? 0),
    rate: row?.rate ? BigInt(row.rate) : null,
  };
}

/** In order of time, through a cursor of the snapshot: memory does not grow with the rows. Once per snapshot. */
export async function* readOwnOperations(
  snapshot: Snapshot,
  kind: RegistryKind,
  days: readonly BusinessDay[],
): AsyncGenerator<OwnOperation> {
  type Row = Omit<OwnOperation, 'amount' | 'fee' | 'rate'> & {
    amount: string;
    fee: string | null;
    rate: string | null;
  };
  await snapshot.query(
    `declare own_operations no scroll cursor for ${OPERATIONS}
     select type, kaspi_operation_id as "kaspiOperationId", payment_id as "paymentId", at, customer_id as "customerId",
       amount, fee, rate, mcc
     from operations order by at, id`,
    parametersOf(kind, days),
  );
  for (;;) {
    const rows = await snapshot.query<Row[]>(`fetch ${ROWS_PER_FETCH} from own_operations`);
    for (const { amount, fee, rate, ...row } of rows) {
      yield {
        ...row,
        amount: BigInt(amount),
        fee: fee === null ? null : BigInt(fee),
        rate: rate && BigInt(rate),
      } as OwnOperation;
    }
    if (rows.length < ROWS_PER_FETCH) return;
  }
}
