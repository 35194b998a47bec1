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
  with owed as (
    select o.type, o.id, o.kaspi_operation_id, o.mpp_payment_id, o.at, o.customer_id, o.amount,
      coalesce(o.mcc, (select p.mcc from qr_payments_to_reconcile p where p.id = o.payment_id)) as mcc,
      case $5 when 'PAYMENT' then o.payment_fee else o.service_fee end as adjusted_fee,
      case o.type when 'PURCHASE' then registry_rate($5, o.mcc, $4::date + width_bucket(o.at, $1::timestamptz[]) - 1) end as rate
    from registry_owed o where o.at >= $2 and o.at < $3),
  operations as (
    select type, id, kaspi_operation_id, mpp_payment_id as payment_id, at, customer_id,
      case type when 'PURCHASE' then amount else -amount end as amount,
      coalesce(adjusted_fee, case type when 'PURCHASE' then registry_fee(amount, rate) else 0 end) as fee, rate, mcc
    from owed)`;

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
