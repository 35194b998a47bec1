import { addMilliseconds, type PaymentId } from '@mpp/kernel';
import { type Database, newestFirst, type Position, type ReportDatabase, selectWhere } from '@mpp/platform';
import type { RecoveryPeriod } from '@mpp/recovery';
import { IsNull, Not } from 'typeorm';
import type { Payment } from '../domain/payment.js';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import { isFinal, isWaiting, PAYMENT_STATUSES } from '../domain/transitions.js';
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
  if (status === 'REVERSING') {
    query.andWhere('row.id in (select payment_id from qr_payment_reversals where credited_at is null)');
  }
  if (status !== undefined && isWaiting(status)) query.andWhere('row.expiresAt is not null');
  if (from !== undefined) query.andWhere('row.createdAt >= :from', { from });
  if (to !== undefined) query.andWhere('row.createdAt < :to', { to });
  if (contradicted === true) query.andWhere('row.contradictedAt is not null');
  return (await newestFirst(query, limit, after)).map(toPayment);
}

/** How far back a recovery looks for payments that are not final. */
const OPEN_SINCE_MS = 31 * 86_400_000;

/** The payments that existed when the recovery began, oldest first: those that are still open, or those that were closed since. */
export async function findInRecovery(
  { manager }: ReportDatabase,
  { recoveredFrom, startedAt }: RecoveryPeriod,
  which: 'open' | 'closed',
  limit: number,
): Promise<Payment[]> {
  const statuses = PAYMENT_STATUSES.filter((status) => isFinal(status) === (which === 'closed'));
  const since = addMilliseconds(recoveredFrom, -OPEN_SINCE_MS);
  const query = manager
    .createQueryBuilder(PaymentEntity, 'row')
    .where('row.createdAt >= :since and row.createdAt < :startedAt', { since, startedAt })
    .andWhere('row.status in (:...statuses)', { statuses });
  if (which === 'closed') query.andWhere('row.updatedAt >= :startedAt');
  return (await query.orderBy('row.createdAt').addOrderBy('row.id').limit(limit).getMany()).map(toPayment);
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

export async function countContradicted({ manager }: Database): Promise<number> {
  return manager.countBy(PaymentEntity, { contradictedAt: Not(IsNull()) });
}
