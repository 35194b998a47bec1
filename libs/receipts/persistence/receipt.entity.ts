import type { PaymentId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Receipt } from '../domain/receipt.js';

/** The PS’s receipt of a payment, stored once. Source: regulation 4.3, 4.4, R24, R25, R32. */
@Entity('receipts')
export class ReceiptEntity implements Receipt {
  @PrimaryColumn('uuid') paymentId!: PaymentId;
  /** As the PS sent it, never re-encoded (R32). */
  @Column('text', { nullable: true }) linkReceipt!: string | null;
  @Column('text', { nullable: true }) pdfReceipt!: string | null;
  /** `QR` and digits, from one of the links; the registry names the operation by it (R24). */
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  @Column('timestamptz') receivedAt!: Date;
}
