import { Money, type PaymentId } from '@mpp/kernel';
import type { Position, Queryable } from '@mpp/platform';
import type { RefundFilter, RefundRecord } from '../domain/timeline.js';
import type { RefundRow } from './refund-row.js';

/** Newest first. What waits has a small index of its own. */
export async function searchRefunds(
  queryable: Queryable,
  now: Date,
  { status, overdue, customerId, kaspiPaymentId }: RefundFilter,
  limit: number,
  after: Position | null,
): Promise<RefundRecord[]> {
  const parameters: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (parameter: string) => string, ...values: unknown[]) =>
    conditions.push(condition(values.map((value) => `$${parameters.push(value)}`).join(', ')));
  if (status !== undefined) where((is) => `status = ${is}`, status);
  const waiting = `status in ('ACCEPTED', 'SUSPENDED')`;
  if (status === 'ACCEPTED' || status === 'SUSPENDED' || overdue === true) conditions.push(waiting);
  if (overdue === true) where((at) => `credit_by <= ${at}`, now);
  if (customerId !== undefined) where((id) => `customer_id = ${id}`, customerId);
  if (kaspiPaymentId !== undefined) where((id) => `kaspi_payment_id = ${id}`, kaspiPaymentId);
  if (after !== null) where((position) => `(created_at, id) < (${position})`, after.at, after.id);
  const rows = await queryable.query<RefundRow[]>(
    `select * from refunds ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by created_at desc, id desc limit $${parameters.push(limit)}`,
    parameters,
  );
  return rows.map(toRecord);
}

export async function findRecord(queryable: Queryable, refundId: string): Promise<RefundRecord | null> {
  const [row] = await queryable.query<RefundRow[]>('select * from refunds where refund_id = $1', [refundId]);
  return row === undefined ? null : toRecord(row);
}

/** The refunds of a payment that were taken in, the oldest first. */
export async function recordsOfPayment(queryable: Queryable, payment: PaymentId): Promise<RefundRecord[]> {
  const rows = await queryable.query<RefundRow[]>(
    'select * from refunds where payment_id = $1 order by created_at, id',
    [payment],
  );
  return rows.map(toRecord);
}

function toRecord(row: RefundRow): RefundRecord {
  return {
    id: row.id,
    refundId: row.refund_id,
    status: row.status,
    resultCode: row.result_code,
    resultMessage: row.result_message,
    refusal: row.refusal,
    customerId: row.customer_id,
    kaspiPaymentId: row.kaspi_payment_id,
    paymentId: row.payment_id,
    amount: row.amount === null ? null : Money.ofTiyn(BigInt(row.amount)),
    accountId: row.account_id,
    creditedAccountId: row.credited_account_id,
    linkReceipt: row.link_receipt,
    pdfReceipt: row.pdf_receipt,
    kaspiOperationId: row.kaspi_operation_id,
    creditBy: row.credit_by,
    suspendedAt: row.suspended_at,
    creditedAt: row.credited_at,
    createdAt: row.created_at,
  };
}
