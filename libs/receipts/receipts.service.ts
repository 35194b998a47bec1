import { Clock, type PaymentId } from '@mpp/kernel';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { kaspiOperationId, type Receipt, type ReceiptLinks } from './domain/receipt.js';
import { ReceiptEntity } from './persistence/receipt.entity.js';
import { insertReceipts } from './persistence/receipts.statement.js';

/** The PS's receipts of payments. */
@Injectable()
export class Receipts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Saves the receipts in the caller's transaction and returns them. A receipt that is already stored is not changed. */
  async saveReceipts(tx: Tx, links: readonly (ReceiptLinks & { paymentId: PaymentId })[]): Promise<Receipt[]> {
    const receipts = links.map((link) => ({ ...link, kaspiOperationId: kaspiOperationId(link) }));
    if (receipts.length > 0) await insertReceipts(tx, receipts, this.clock.now());
    return receipts;
  }

  async findByPayments(paymentIds: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, Receipt>> {
    if (paymentIds.length === 0) return new Map();
    const receipts = await this.database.manager.findBy(ReceiptEntity, { paymentId: In([...paymentIds]) });
    return new Map(receipts.map((receipt) => [receipt.paymentId, receipt]));
  }
}
