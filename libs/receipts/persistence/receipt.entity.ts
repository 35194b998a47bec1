import type { PaymentId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('receipts')
export class ReceiptEntity {
  @PrimaryColumn('uuid')
  paymentId!: PaymentId;

  @Column('text', { nullable: true })
  linkReceipt!: string | null;

  @Column('text', { nullable: true })
  pdfReceipt!: string | null;

  @Column('text', { nullable: true })
  kaspiOperationId!: string | null;

  @Column('timestamptz')
  receivedAt!: Date;
}
