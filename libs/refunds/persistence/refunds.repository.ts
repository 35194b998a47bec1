import type { CustomerId, RefundId } from '@mpp/kernel';
import { Database, type Position, type Queryable, type Tx } from '@mpp/platform';
import { kaspiOperationId } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import type { RefundAnswer, Refusal } from '../domain/answer.js';
import type { Refund, RefundOrder } from '../domain/refund.js';
import { type RefundRow, toRefund } from './refund-row.js';

/** A decision that stands, and what it is about. */
export interface Decided {
  readonly answer: RefundAnswer;
  readonly fingerprint: string;
  readonly accepted: boolean;
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

/** A refusal to be remembered; its parts only where they could be read. */
export interface RefusedRefund {
  readonly id: string;
  readonly refundId: RefundId;
  readonly refusal: Refusal;
  readonly order: RefundOrder | null;
  readonly at: Date;
}

/** Reads and writes of refunds. */
@Injectable()
export class RefundsRepository {
  constructor(private readonly database: Database) {}

  /** What was decided about it, by whichever process. */
  async decided(refundId: RefundId): Promise<Decided | null> {
    const [row] = await this.database.query<RefundRow[]>('select * from refunds where refund_id = $1', [refundId]);
    if (row === undefined) return null;
    return {
      answer: { resultCode: row.result_code, resultMessage: row.result_message },
      fingerprint: row.fingerprint,
      accepted: row.status !== 'REFUSED',
      linkReceipt: row.link_receipt,
      pdfReceipt: row.pdf_receipt,
    };
  }

  /** Throws on refunds_refund_id where somebody else was quicker to decide. */
  async keep(tx: Tx, refund: Refund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    await tx.query(INSERT, [
      refund.id,
      refund.refundId,
      fingerprint,
      answer.resultCode,
      answer.resultMessage,
      null,
      refund.status,
      refund.customerId,
      refund.kaspiPaymentId,
      refund.paymentId,
      refund.amount.tiyn.toString(),
      refund.accountId,
      refund.linkReceipt,
      refund.pdfReceipt,
      kaspiOperationId(refund),
      refund.creditBy,
      refund.nextEscalationAt,
      refund.creditedAt,
      refund.createdAt,
    ]);
  }

  /** Throws on refunds_refund_id where somebody else was quicker to decide. */
  async keepRefused(tx: Tx, refused: RefusedRefund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    const { id, refundId, refusal, order, at } = refused;
    const { customerId = null, kaspiPaymentId = null, amount } = order ?? {};
    const known = [customerId, kaspiPaymentId, null, amount?.tiyn.toString() ?? null];
    const rest = [null, null, null, null, null, null, null, at];
    await tx.query(INSERT, [
      id,
      refundId,
      fingerprint,
      answer.resultCode,
      answer.resultMessage,
      refusal,
      'REFUSED',
      ...known,
      ...rest,
    ]);
  }

  /** A repeat brought another receipt (R17); one that it lacks stays. */
  async changeLinks({ refundId, linkReceipt, pdfReceipt }: RefundOrder): Promise<void> {
    const operation = kaspiOperationId({ linkReceipt, pdfReceipt });
    await this.database.query(
      `update refunds set link_receipt = $2, pdf_receipt = coalesce($3, pdf_receipt),
         kaspi_operation_id = coalesce($4, kaspi_operation_id)
       where refund_id = $1 and status <> 'REFUSED'`,
      [refundId, linkReceipt, pdfReceipt, operation],
    );
  }

  /** Which row of ours it is, whatever became of it. */
  async state(refundId: RefundId): Promise<{ id: string; customerId: CustomerId | null } | null> {
    const [row] = await this.database.query<{ id: string; customerId: CustomerId | null }[]>(
      'select id, customer_id as "customerId" from refunds where refund_id = $1',
      [refundId],
    );
    return row ?? null;
  }

  /** As it is now; throws where there is none, or it was refused. */
  async read(id: string): Promise<Refund> {
    const [row] = await this.database.query<RefundRow[]>('select * from refunds where id = $1', [id]);
    if (row === undefined) throw new Error(`refund ${id} does not exist`);
    return toRefund(row);
  }

  /** Locks them until the transaction ends, always in the same order. */
  async lock(tx: Tx, ids: readonly string[]): Promise<Map<string, Refund>> {
    const rows = await tx.query<RefundRow[]>('select * from refunds where id = any($1) order by id for update', [ids]);
    return new Map(rows.map((row) => [row.id, toRefund(row)]));
  }

  /** Writes what became of locked refunds, in one statement for all of them. */
  async write(tx: Tx, refunds: readonly Refund[]): Promise<void> {
    if (refunds.length === 0) return;
    await tx.query(
      `update refunds r set status = w.status, next_escalation_at = w.next_escalation_at, suspended_at = w.suspended_at,
         credited_at = w.credited_at, credited_account_id = w.credited_account_id
       from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::uuid[])
         as w (id, status, next_escalation_at, suspended_at, credited_at, credited_account_id)
       where r.id = w.id`,
      [
        refunds.map((r) => r.id),
        refunds.map((r) => r.status),
        refunds.map((r) => r.nextEscalationAt),
        refunds.map((r) => r.suspendedAt),
        refunds.map((r) => r.creditedAt),
        refunds.map((r) => r.creditedAccountId),
      ],
    );
  }

  /** One statement without a transaction, for the poll that mostly finds none. */
  async isEscalationDue(now: Date): Promise<boolean> {
    const rows = await this.database.query('select from refunds where next_escalation_at <= $1 limit 1', [now]);
    return rows.length > 0;
  }

  /** Locks up to `limit` refunds of which operators have to hear by now; those that somebody else holds are left to them. */
  async lockEscalating(tx: Tx, now: Date, limit: number): Promise<Refund[]> {
    const rows = await tx.query<RefundRow[]>(
      `select * from refunds where next_escalation_at <= $1 order by next_escalation_at limit $2
       for update skip locked`,
      [now, limit],
    );
    return rows.map(toRefund);
  }

  /** The customer's own; null where it is not theirs, or was refused. */
  async find(customer: CustomerId, refundId: RefundId): Promise<Refund | null> {
    const [row] = await this.database.query<RefundRow[]>(
      `select * from refunds where refund_id = $1 and customer_id = $2 and status <> 'REFUSED'`,
      [refundId, customer],
    );
    return row === undefined ? null : toRefund(row);
  }

  /** The customer's own, newest first. */
  async list(customer: CustomerId, limit: number, after: Position | null): Promise<Refund[]> {
    const rows = await this.database.query<RefundRow[]>(
      `select * from refunds where customer_id = $1 and status <> 'REFUSED'
         and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
       order by created_at desc, id desc limit $2`,
      [customer, limit, after?.at ?? null, after?.id ?? null],
    );
    return rows.map(toRefund);
  }
}

/** What is not credited yet; by a small index. */
export async function waitingRefunds(
  queryable: Queryable,
  now: Date,
): Promise<{ waiting: number; overdue: number; suspended: number }> {
  const [row] = await queryable.query<{ waiting: number; overdue: number; suspended: number }[]>(
    `select count(*)::int as waiting, count(*) filter (where credit_by <= $1)::int as overdue,
       count(*) filter (where status = 'SUSPENDED')::int as suspended
     from refunds where status in ('ACCEPTED', 'SUSPENDED')`,
    [now],
  );
  return row ?? { waiting: 0, overdue: 0, suspended: 0 };
}

const INSERT = `insert into refunds (id, refund_id, fingerprint, result_code, result_message, refusal, status, customer_id,
    kaspi_payment_id, payment_id, amount, account_id, link_receipt, pdf_receipt, kaspi_operation_id, credit_by,
    next_escalation_at, credited_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`;
