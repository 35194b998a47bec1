import type { PaymentId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentStatus } from '../domain/transitions.js';

/** A status that a payment reached. Append-only, partitioned by month of `at`. Source: the status table of the API. */
@Entity('qr_payment_history')
export class StatusChangeEntity {
  @PrimaryColumn('uuid') paymentId!: PaymentId;
  /** The payment’s version with this status. */
  @PrimaryColumn('int') version!: number;
  @Column('text') status!: PaymentStatus;
  /** For operators: a failure code, a result code or a limit. */
  @Column('text', { nullable: true }) reason!: string | null;
  @PrimaryColumn('timestamptz') at!: Date;
}
