import type { Money, PaymentId, RefundId } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
import type { RefundSums } from '@mpp/qr-payments';
import { kaspiOperationId } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RefundAnswer, Refusal } from '../domain/answer.js';
import type { Refund, RefundOrder } from '../domain/refund.js';
import type { RefundStatus } from '../domain/refund-status.js';
import type { RefundCall } from '../domain/timeline.js';

/** The answer to a refundId, and the content that it was given for. */
export interface RefundDecision extends RefundAnswer {
  readonly accepted: boolean;
  /** A refusal that an operator lets be decided again. */
  readonly recheck: boolean;
  readonly fingerprint: string;
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

/** A refused request: the order is null if the body has a fault. */
export interface RefusedRefund {
  readonly id: string;
  readonly refundId: RefundId;
  readonly refusal: Refusal;
  readonly order: RefundOrder | null;
  readonly createdAt: Date;
}

interface RefusedParts {
  readonly customerId?: string | undefined;
  readonly kaspiPaymentId?: string | undefined;
  readonly amount?: Money | undefined;
}

/** A row of `refunds`; an absent column is null. */
interface NewDecision extends RefundAnswer, Partial<Omit<Refund, 'status' | keyof RefusedParts>>, RefusedParts {
  readonly id: string;
  readonly refundId: RefundId;
  readonly fingerprint: string;
  readonly refusal: Refusal | null;
  readonly status: RefundStatus;
  readonly createdAt: Date;
  readonly kaspiOperationId?: string | null;
  readonly takenUpAt?: Date;
}

/** The refundId of a refund that was taken up from a registry, until the PS sends its own. */
export const takenUpRefundId = (id: string) => `registry:${id}` as RefundId;

const MAX_BODY = 4000;

/** Another transaction has decided about the refundId. */
export class DecidedElsewhere extends Error {}

/** The decisions of the intake about refundIds, and its record of calls. */
@Injectable()
export class RefundDecisionsRepository {
  constructor(private readonly database: Database) {}

  async findDecision(refundId: RefundId): Promise<RefundDecision | null> {
    const [row] = await this.database.query<RefundDecision[]>(
      `select result_code as "resultCode", result_message as "resultMessage", status <> 'REFUSED' as accepted,
         recheck_at is not null as recheck, fingerprint, link_receipt as "linkReceipt", pdf_receipt as "pdfReceipt"
       from refunds where refund_id = $1`,
      [refundId],
    );
    return row ?? null;
  }

  /** Throws {@link DecidedElsewhere} if another transaction decided about the refundId first. */
  async saveAccepted(tx: Tx, refund: Refund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    await this.insertDecision(tx, { ...refund, refusal: null, fingerprint, ...answer });
  }

  /** Throws {@link DecidedElsewhere} if another transaction decided about the refundId first. */
  async saveRefused(tx: Tx, refused: RefusedRefund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    const { order, ...row } = refused;
    const { customerId, kaspiPaymentId, amount } = order ?? {};
    await this.insertDecision(tx, {
      ...{ ...row, fingerprint, ...answer },
      ...{ status: 'REFUSED', customerId, kaspiPaymentId, amount },
    });
  }

  /**
   * Writes a first decision, or the new decision of a refusal that is locked and may be decided again. Throws
   * {@link DecidedElsewhere} if another transaction decided first: our id is derived from the refundId.
   */
  private async insertDecision(tx: Tx, row: NewDecision): Promise<void> {
    const { linkReceipt = null, pdfReceipt = null } = row;
    const operation = row.kaspiOperationId ?? kaspiOperationId({ linkReceipt, pdfReceipt });
    const written = await tx.query<unknown[]>(
      `insert into refunds (id, refund_id, fingerprint, result_code, result_message, refusal, status, customer_id,
         kaspi_payment_id, payment_id, amount, account_id, link_receipt, pdf_receipt, kaspi_operation_id, credit_by,
         next_escalation_at, credited_at, created_at, taken_up_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
       on conflict (id) do update set (result_code, result_message, refusal, status, customer_id, kaspi_payment_id, payment_id, amount,
         account_id, link_receipt, pdf_receipt, kaspi_operation_id, credit_by, next_escalation_at, credited_at, created_at, recheck_at)
         = (excluded.result_code, excluded.result_message, excluded.refusal, excluded.status, excluded.customer_id,
         excluded.kaspi_payment_id, excluded.payment_id, excluded.amount, excluded.account_id, excluded.link_receipt,
         excluded.pdf_receipt, excluded.kaspi_operation_id, excluded.credit_by, excluded.next_escalation_at, excluded.credited_at,
         excluded.created_at, null)
       where refunds.recheck_at is not null
       returning id`,
      [
        ...[row.id, row.refundId, row.fingerprint, row.resultCode, row.resultMessage, row.refusal, row.status],
        ...[row.customerId, row.kaspiPaymentId, row.paymentId, row.amount?.tiyn.toString(), row.accountId],
        ...[linkReceipt, pdfReceipt, operation, row.creditBy],
        ...[row.nextEscalationAt, row.creditedAt, row.createdAt, row.takenUpAt],
      ],
    );
    if (written.length === 0) throw new DecidedElsewhere(row.refundId);
  }

  /** Locks a refusal that may be decided again, and returns its id; null if it may not, or not any more. */
  async lockRecheck(tx: Tx, refundId: RefundId): Promise<string | null> {
    const [row] = await tx.query<{ id: string }[]>(
      'select id from refunds where refund_id = $1 and recheck_at is not null for update',
      [refundId],
    );
    return row?.id ?? null;
  }

  /** Lets a refusal be decided again. Returns false if the refundId is unknown or accepted. */
  async allowRecheck(tx: Tx, refundId: RefundId, at: Date): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `with changed as (update refunds set recheck_at = coalesce(recheck_at, $2)
         where refund_id = $1 and status = 'REFUSED' returning id) select id from changed`,
      [refundId, at],
    );
    return rows.length > 0;
  }

  /** Throws {@link DecidedElsewhere} if another transaction took it up first. */
  async saveTakenUp(tx: Tx, refund: Refund, operation: string | null, answer: RefundAnswer): Promise<void> {
    const takenUp = { kaspiOperationId: operation, takenUpAt: refund.createdAt };
    await this.insertDecision(tx, { ...refund, refusal: null, fingerprint: '', ...answer, ...takenUp });
  }

  /**
   * Gives a refund of this purchase that was taken up from a registry the PS's refundId, content and links, once. It is the same
   * refund if Kaspi's operation id is the same; if one of them is unknown, the amount decides, so that nothing is paid twice. One of
   * which an operator has taken or given a part since is another amount: SUCCESS would promise what the customer does not have.
   * `decisionId` is that of a refusal that is decided again, which gives its refundId up, or a new one. The payment is locked.
   */
  async claimTakenUp(
    tx: Tx,
    decisionId: string,
    order: RefundOrder,
    fingerprint: string,
  ): Promise<'none' | 'claimed' | 'other amount'> {
    const operation = kaspiOperationId(order);
    const [found] = await tx.query<{ id: string; same: boolean }[]>(
      `select id, amount = $4 and ledger_held_from_customer(id::text, customer_id) = 0 as same from refunds
       where kaspi_payment_id = $1 and customer_id = $2 and taken_up_at is not null and refund_id = 'registry:' || id
         and (kaspi_operation_id = $3 or (kaspi_operation_id is null or $3::text is null) and amount = $4)
       order by kaspi_operation_id = $3 desc nulls last, created_at limit 1 for update`,
      [order.kaspiPaymentId, order.customerId, operation, order.amount.tiyn.toString()],
    );
    if (found === undefined) return 'none';
    if (!found.same) return 'other amount';
    await tx.query(`update refunds set refund_id = 'refused:' || id, recheck_at = null where id = $1`, [decisionId]);
    await tx.query(
      `update refunds set refund_id = $2, fingerprint = $3, link_receipt = $4, pdf_receipt = $5,
         kaspi_operation_id = coalesce(kaspi_operation_id, $6) where id = $1`,
      [found.id, order.refundId, fingerprint, order.linkReceipt, order.pdfReceipt, operation],
    );
    return 'claimed';
  }

  /** Null: what they gave to any customer. */
  async readSums(tx: Tx, payment: PaymentId, customer: string | null): Promise<RefundSums> {
    const [row] = await tx.query<{ paid: string; difference: string }[]>(
      'select refunds_paid_out($1, $2)::text as paid, refunds_difference($1)::text as difference',
      [payment, customer],
    );
    return { paidOut: BigInt(row?.paid ?? 0), difference: BigInt(row?.difference ?? 0) };
  }

  /** Replaces the receipt links by those of a repeat (R17); a link that the repeat lacks stays. */
  async changeLinks({ refundId, linkReceipt, pdfReceipt }: RefundOrder): Promise<void> {
    await this.database.query(
      `update refunds set link_receipt = $2, pdf_receipt = coalesce($3, pdf_receipt),
         kaspi_operation_id = coalesce($4, kaspi_operation_id)
       where refund_id = $1 and status <> 'REFUSED'`,
      [refundId, linkReceipt, pdfReceipt, kaspiOperationId({ linkReceipt, pdfReceipt })],
    );
  }

  async insertCall(write: Queryable, call: RefundCall): Promise<void> {
    const { refundId, requestId, body, httpStatus, resultCode, remark, receivedAt } = call;
    // PostgreSQL refuses NUL and lone surrogates.
    const recordedBody = body?.slice(0, MAX_BODY).replaceAll('\0', '\ufffd').toWellFormed() ?? null;
    await write.query(
      `insert into refund_calls (id, refund_id, request_id, body, http_status, result_code, remark, received_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [uuidv7(), refundId, requestId, recordedBody, httpStatus, resultCode, remark, receivedAt],
    );
  }
}
