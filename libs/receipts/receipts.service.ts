import { Clock, type PaymentId } from '@mpp/kernel';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { kaspiOperationId, type ReceiptLinks } from './domain/links.js';
import { ReceiptEntity } from './persistence/receipt.entity.js';

export interface Receipt extends ReceiptLinks {
  readonly paymentId: PaymentId;
  readonly kaspiOperationId: string | null;
}

/** The PS's receipts of payments. */
@Injectable()
export class Receipts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Keeps receipts in the caller's transaction and returns them. One that is kept already stays as it is. */
  async saveReceipts(tx: Tx, given: readonly (ReceiptLinks & { paymentId: PaymentId })[]): Promise<Receipt[]> {
    const receipts = given.map((links) => ({ ...links, kaspiOperationId: kaspiOperationId(links) }));
    if (receipts.length === 0) return receipts;
    await tx.query(
      `insert into receipts (payment_id, link_receipt, pdf_receipt, kaspi_operation_id, received_at)
       select *, $5::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
       on conflict (payment_id) do nothing`,
      [
        receipts.map((r) => r.paymentId),
        receipts.map((r) => r.linkReceipt),
        receipts.map((r) => r.pdfReceipt),
        receipts.map((r) => r.kaspiOperationId),
        this.clock.now(),
      ],
    );
    return receipts;
  }

  async findByPayments(paymentIds: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, Receipt>> {
    if (paymentIds.length === 0) return new Map();
    const found = await this.database.manager.findBy(ReceiptEntity, { paymentId: In([...paymentIds]) });
    return new Map(found.map((receipt) => [receipt.paymentId, receipt]));
  }
}
