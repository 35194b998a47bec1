import type { PaymentId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('receipts')
export class ReceiptEntity {
  @PrimaryColumn('uuid', { name: 'payment_id' })
  paymentId!: PaymentId;

  @Column('text', { name: 'link_receipt', nullable: true })
  linkReceipt!: string | null;

  @Column('text', { name: 'pdf_receipt', nullable: true })
  pdfReceipt!: string | null;

  @Column('text', { name: 'kaspi_operation_id', nullable: true })
  kaspiOperationId!: string | null;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;
}
