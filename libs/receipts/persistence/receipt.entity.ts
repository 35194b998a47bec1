import type { PaymentId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Receipt } from '../domain/receipt.js';

/** The PS’s receipt of a payment, stored once. */
@Entity('receipts')
export class ReceiptEntity implements Receipt {
  @PrimaryColumn('uuid') paymentId!: PaymentId;
  @Column('text', { nullable: true }) linkReceipt!: string | null;
  @Column('text', { nullable: true }) pdfReceipt!: string | null;
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  @Column('timestamptz') receivedAt!: Date;
}
