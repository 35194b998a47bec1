import { type BusinessDay, beginOf, boundsOf, endOf } from '@mpp/kernel';
import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import type { DaySums, NewSettlement, SettledDay, Settlement, Sum } from '../domain/settlement.js';

const NONE: Sum = { count: 0, amount: 0n };

interface SumRow {
  day: number;
  count: number;
  amount: string;
}

/** Until the transaction ends, nobody else settles this day. */
export async function lockDay(tx: Tx, day: BusinessDay): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock($1, $2::date - '2000-01-01'::date)`, [
    ADVISORY_LOCKS.settlementDay.number,
    day,
  ]);
}

/** Some days, one after the other. */
export async function selectDays(queryable: Queryable, days: readonly BusinessDay[]): Promise<SettledDay[]> {
  const payments = await sumsOf(queryable, 'qr_payments_owed', days);
  const refunds = await sumsOf(queryable, 'refunds_to_reconcile', days);
  const registries = await registriesOf(queryable, days);
  const settlements = await settlementsWhere(queryable, 'day = any($1::date[])', [days]);
  return days.map((day, index) => ({
    day,
    payments: payments.get(index) ?? NONE,
    refunds: refunds.get(index) ?? NONE,
    registry: registries.get(day) ?? null,
    settlements: settlements.filter((settlement) => settlement.day === day),
  }));
}

/** By the days' place in their list. */
async function sumsOf(
  queryable: Queryable,
  view: 'qr_payments_owed' | 'refunds_to_reconcile',
  days: readonly BusinessDay[],
): Promise<Map<number, Sum>> {
  const rows = await queryable.query<SumRow[]>(
    `select width_bucket(at, $1::timestamptz[]) - 1 as day, count(*)::int as count, sum(amount)::text as amount
     from ${view} where at >= $2 and at < $3 group by 1`,
    [days.map(beginOf), ...boundsOf(days)],
  );
  return new Map(rows.map(({ day, count, amount }) => [day, { count, amount: BigInt(amount) }]));
}

/** What the newest daily registry of each day has of operations that Kaspi confirmed. */
async function registriesOf(
  queryable: Queryable,
  days: readonly BusinessDay[],
): Promise<Map<string, DaySums & { id: string }>> {
  type Row = { id: string; day: string; purchases: number; bought: string; refunds: number; refunded: string };
  const rows = await queryable.query<Row[]>(
    `select r.id, d.day::text as day,
       count(*) filter (where w.type = 'PURCHASE')::int as purchases,
       coalesce(sum(w.amount) filter (where w.type = 'PURCHASE'), 0)::text as bought,
       count(*) filter (where w.type = 'REFUND')::int as refunds,
       coalesce(sum(w.amount) filter (where w.type = 'REFUND'), 0)::text as refunded
     from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) as d (day, begins, ends)
     cross join lateral (select id from registries
       where kind = 'DAILY' and status in ('RECONCILED', 'ACCEPTED') and d.day between period_from and period_to
       order by received_at desc, id desc limit 1) r
     left join registry_rows w on w.registry_id = r.id and w.confirmed and w.at >= d.begins and w.at < d.ends
     group by r.id, d.day`,
    [days, days.map(beginOf), days.map(endOf)],
  );
  const sums = ({ purchases, bought, refunds, refunded }: Row): DaySums => ({
    payments: { count: purchases, amount: BigInt(bought) },
    refunds: { count: refunds, amount: BigInt(refunded) },
  });
  return new Map(rows.map((row) => [row.day, { id: row.id, ...sums(row) }]));
}

export async function findSettlement(queryable: Queryable, reference: string): Promise<Settlement | null> {
  return (await settlementsWhere(queryable, 'reference = $1', [reference]))[0] ?? null;
}

/** The oldest first. */
async function settlementsWhere(queryable: Queryable, condition: string, parameters: unknown[]): Promise<Settlement[]> {
  type Row = Omit<Settlement, 'amount' | 'netted' | 'standing'> & Record<'amount' | 'netted' | 'paid' | 'off', string>;
  const rows = await queryable.query<Row[]>(
    `select id, day::text as day, reference, amount, netted, settled_by as "settledBy", settled_at as "settledAt",
       ledger_paid_to_kaspi(reference) as paid, ledger_netted_with_kaspi(reference) as off
     from registry_settlements where ${condition} order by settled_at, id`,
    parameters,
  );
  return rows.map(({ amount, netted, paid, off, ...row }) => ({
    ...row,
    amount: BigInt(amount),
    netted: BigInt(netted),
    standing: { amount: BigInt(paid), netted: BigInt(off) },
  }));
}

export async function insertSettlement(
  tx: Tx,
  { day, reference, amount }: NewSettlement,
  { id, netted, settledBy, settledAt }: Pick<Settlement, 'id' | 'netted' | 'settledBy' | 'settledAt'>,
): Promise<void> {
  await tx.query(
    `insert into registry_settlements (id, day, reference, amount, netted, settled_by, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, day, reference, amount.toString(), netted.toString(), settledBy, settledAt],
  );
}
