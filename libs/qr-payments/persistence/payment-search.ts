import type { PaymentId } from '@mpp/kernel';
import {
  type Database,
  newestFirst,
  type Position,
  type Queryable,
  type ReportDatabase,
  selectWhere,
} from '@mpp/platform';
import type { Payment } from '../domain/payment.js';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import { isWaiting } from '../domain/transitions.js';
import { PaymentEntity, toPayment } from './payment.entity.js';
import { StatusChangeEntity } from './status-change.entity.js';

/** Newest first. */
export async function searchPayments(
  { manager }: ReportDatabase,
  { status, from, to, contradicted, ...filter }: PaymentFilter,
  limit: number,
  after: Position | null,
): Promise<Payment[]> {
  const query = selectWhere(manager, PaymentEntity, { ...filter, status });
  // Rare statuses have a small index of their own; the status has none (see the migration).
  if (status === 'IN_DOUBT') query.andWhere('row.doubtedAt is not null');
  if (status !== undefined && isWaiting(status)) query.andWhere('row.expiresAt is not null');
  if (from !== undefined) query.andWhere('row.createdAt >= :from', { from });
  if (to !== undefined) query.andWhere('row.createdAt < :to', { to });
  if (contradicted === true) query.andWhere('row.contradictedAt is not null');
  return (await newestFirst(query, limit, after)).map(toPayment);
}

export async function findPayment({ manager }: Database, id: PaymentId): Promise<Payment | null> {
  const found = await manager.findOneBy(PaymentEntity, { id });
  return found && toPayment(found);
}

/** Every status of the payment, oldest first. */
export async function findHistory({ manager }: Database, paymentId: PaymentId): Promise<StatusChange[]> {
  const changes = await manager.find(StatusChangeEntity, {
    where: { paymentId },
    order: { version: 'ASC', at: 'ASC' },
  });
  return changes.map(({ version, status, reason, at }) => ({ version, status, reason, at }));
}

/** Payments that need an operator, counted by two small indexes. */
export async function countNeedingOperators(queryable: Queryable): Promise<{ doubted: number; contradicted: number }> {
  const [row] = await queryable.query<{ doubted: number; contradicted: number }[]>(
    `select (select count(*)::int from qr_payments where doubted_at is not null and status = 'IN_DOUBT') as doubted,
       (select count(*)::int from qr_payments where contradicted_at is not null) as contradicted`,
  );
  return row ?? { doubted: 0, contradicted: 0 };
}
