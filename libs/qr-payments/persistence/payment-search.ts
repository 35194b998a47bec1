import type { PaymentId } from '@mpp/kernel';
import type { Position, Queryable } from '@mpp/platform';
import type { Payment } from '../domain/payment.js';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import { isWaiting } from '../domain/transitions.js';
import { type PaymentRow, toPayment } from './payment-row.js';

/** Newest first. */
export async function searchPayments(
  queryable: Queryable,
  filter: PaymentFilter,
  limit: number,
  after: Position | null,
): Promise<Payment[]> {
  const parameters: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (parameter: string) => string, ...values: unknown[]) =>
    conditions.push(condition(values.map((value) => `$${parameters.push(value)}`).join(', ')));
  if (filter.status !== undefined) {
    where((status) => `status = ${status}`, filter.status);
    // What is rare has a small index of its own; status has none (see the migration).
    if (filter.status === 'IN_DOUBT') conditions.push('doubted_at is not null');
    if (isWaiting(filter.status)) conditions.push('expires_at is not null');
  }
  if (filter.customerId !== undefined) where((id) => `customer_id = ${id}`, filter.customerId);
  if (filter.kaspiPaymentId !== undefined) where((id) => `kaspi_payment_id = ${id}`, filter.kaspiPaymentId);
  if (filter.from !== undefined) where((at) => `created_at >= ${at}`, filter.from);
  if (filter.to !== undefined) where((at) => `created_at < ${at}`, filter.to);
  if (filter.contradicted === true) conditions.push('contradicted_at is not null');
  if (after !== null) where((position) => `(created_at, id) < (${position})`, after.at, after.id);
  const rows = await queryable.query<PaymentRow[]>(
    `select * from qr_payments ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by created_at desc, id desc limit $${parameters.push(limit)}`,
    parameters,
  );
  return rows.map(toPayment);
}

export async function findPayment(queryable: Queryable, id: PaymentId): Promise<Payment | null> {
  const [row] = await queryable.query<PaymentRow[]>('select * from qr_payments where id = $1', [id]);
  return row === undefined ? null : toPayment(row);
}

/** Every status that the payment has had, the oldest first. */
export async function findHistory(queryable: Queryable, id: PaymentId): Promise<StatusChange[]> {
  return queryable.query(
    'select version, status, reason, at from qr_payment_history where payment_id = $1 order by version, at',
    [id],
  );
}

/** How many payments ask for somebody; by two small indexes. */
export async function countNeedingOperators(queryable: Queryable): Promise<{ doubted: number; contradicted: number }> {
  const [row] = await queryable.query<{ doubted: number; contradicted: number }[]>(
    `select (select count(*)::int from qr_payments where doubted_at is not null and status = 'IN_DOUBT') as doubted,
       (select count(*)::int from qr_payments where contradicted_at is not null) as contradicted`,
  );
  return row ?? { doubted: 0, contradicted: 0 };
}
