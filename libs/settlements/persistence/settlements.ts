import { type BusinessDay, beginOf, boundsOf, endOf } from '@mpp/kernel';
import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import { type EntityManager, In } from 'typeorm';
import type { DaySums, SettledDay, Settlement, Sum } from '../domain/settlement.js';
import { SettlementEntity } from './settlement.entity.js';

const NONE: Sum = { count: 0, amount: 0n };

interface SumRow {
  day: number;
  count: number;
  amount: string;
}

/** Waits for other settlements of the day, and holds them off until the transaction ends. */
export async function lockDay(tx: Tx, day: BusinessDay): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock($1, $2::date - '2000-01-01'::date)`, [
    ADVISORY_LOCKS.settlementDay.number,
    day,
  ]);
}

/** Consecutive business days, in order. */
export async function findDays(manager: EntityManager, days: readonly BusinessDay[]): Promise<SettledDay[]> {
  const payments = await sumByDay(manager, 'PURCHASE', days);
  const refunds = await sumByDay(manager, 'REFUND', days);
  const registries = await sumNewestRegistries(manager, days);
  const settlements = await manager.find(SettlementEntity, {
    where: { day: In(days) },
    order: { settledAt: 'ASC', id: 'ASC' },
  });
  return days.map((day, index) => ({
    day,
    payments: payments.get(index) ?? NONE,
    refunds: refunds.get(index) ?? NONE,
    registry: registries.get(day) ?? null,
    settlements: settlements.filter((settlement) => settlement.day === day),
  }));
}

/** The sums by the index of the day in the list. */
async function sumByDay(
  queryable: Queryable,
  type: 'PURCHASE' | 'REFUND',
  days: readonly BusinessDay[],
): Promise<Map<number, Sum>> {
  const rows = await queryable.query<SumRow[]>(
    `select width_bucket(at, $1::timestamptz[]) - 1 as day, count(*)::int as count, sum(amount)::text as amount
     from registry_owed where at >= $2 and at < $3 and type = $4 group by 1`,
    [days.map(beginOf), ...boundsOf(days), type],
  );
  return new Map(rows.map(({ day, count, amount }) => [day, { count, amount: BigInt(amount) }]));
}

/** For each day, the operations that Kaspi's newest daily registry of that day lists as confirmed. */
async function sumNewestRegistries(
  queryable: Queryable,
  days: readonly BusinessDay[],
): Promise<Map<string, DaySums & { id: string }>> {
  type Row = { id: string; day: string; payments: number; paid: string; refunds: number; refunded: string };
  const rows = await queryable.query<Row[]>(
    `select registry_id as id, day::text as day, payments, paid, refunds, refunded
     from registry_newest_daily_sums($1::date[], $2::timestamptz[], $3::timestamptz[])`,
    [days, days.map(beginOf), days.map(endOf)],
  );
  const sumsOf = ({ payments, paid, refunds, refunded }: Row): DaySums => ({
    payments: { count: payments, amount: BigInt(paid) },
    refunds: { count: refunds, amount: BigInt(refunded) },
  });
  return new Map(rows.map((row) => [row.day, { id: row.id, ...sumsOf(row) }]));
}

export async function findSettlement(manager: EntityManager, reference: string): Promise<Settlement | null> {
  return manager.findOneBy(SettlementEntity, { reference });
}

/** Violates registry_settlements_reference if the reference is used already. */
export async function insertSettlement(
  tx: Tx,
  settlement: Omit<Settlement, 'amountInJournal' | 'nettedInJournal'>,
): Promise<void> {
  await tx.insert(SettlementEntity, settlement);
}
