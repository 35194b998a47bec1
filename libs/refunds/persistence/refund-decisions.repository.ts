import type { Money, RefundId } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
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
}

const MAX_BODY = 4000;

/** The decisions of the intake about refundIds, and its record of calls. */
@Injectable()
export class RefundDecisionsRepository {
  constructor(private readonly database: Database) {}

  async findDecision(refundId: RefundId): Promise<RefundDecision | null> {
    const [row] = await this.database.query<RefundDecision[]>(
      `select result_code as "resultCode", result_message as "resultMessage", status <> 'REFUSED' as accepted, fingerprint,
         link_receipt as "linkReceipt", pdf_receipt as "pdfReceipt"
       from refunds where refund_id = $1`,
      [refundId],
    );
    return row ?? null;
  }

  /** Violates refunds_refund_id if another transaction decided about the refundId first. */
  async saveAccepted(tx: Tx, refund: Refund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    await this.insertDecision(tx, { ...refund, refusal: null, fingerprint, ...answer });
  }

  /** Violates refunds_refund_id if another transaction decided about the refundId first. */
  async saveRefused(tx: Tx, refused: RefusedRefund, fingerprint: string, answer: RefundAnswer): Promise<void> {
    const { order, ...row } = refused;
    const { customerId, kaspiPaymentId, amount } = order ?? {};
    await this.insertDecision(tx, {
      ...{ ...row, fingerprint, ...answer },
      ...{ status: 'REFUSED', customerId, kaspiPaymentId, amount },
    });
  }

  private async insertDecision(tx: Tx, row: NewDecision): Promise<void> {
    const { linkReceipt = null, pdfReceipt = null } = row;
    await tx.query(
      `insert into refunds (id, refund_id, fingerprint, result_code, result_message, refusal, status, customer_id,
         kaspi_payment_id, payment_id, amount, account_id, link_receipt, pdf_receipt, kaspi_operation_id, credit_by,
         next_escalation_at, credited_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
      [
        ...[row.id, row.refundId, row.fingerprint, row.resultCode, row.resultMessage, row.refusal, row.status],
        ...[row.customerId, row.kaspiPaymentId, row.paymentId, row.amount?.tiyn.toString(), row.accountId],
        ...[linkReceipt, pdfReceipt, kaspiOperationId({ linkReceipt, pdfReceipt }), row.creditBy],
        ...[row.nextEscalationAt, row.creditedAt, row.createdAt],
      ],
    );
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
