import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Adjustment } from '../domain/adjustment.js';
import type { OperationType } from '../domain/registry-row.js';

/**
 * An operation as Kaspi has it, since operators settled a discrepancy of it (R40). The money is in the journal, under the id.
 * Source: docs/accounting/differences.md.
 */
@Entity('registry_adjustments')
export class AdjustmentEntity implements Adjustment {
  /** Of the payment or refund; an operation that the books lacked has its own. The reference of its entries. */
  @PrimaryColumn('uuid') id!: string;
  /** PURCHASE or REFUND. */
  @Column('text') type!: OperationType;
  /** PAYMENT, REFUND, or ROW for an operation that only a registry has. */
  @Column('text') subject!: Adjustment['subject'];
  /** Of the second row of an operation: the payment or refund. */
  @Column('uuid', { nullable: true }) copyOf!: string | null;
  @Column('uuid', { nullable: true }) paymentId!: string | null;
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  /** What our own registry lists as the participant's id. */
  @Column('text', { nullable: true }) mppPaymentId!: string | null;
  @Column('timestamptz') at!: Date;
  @Column('text', { nullable: true }) customerId!: string | null;
  /** Tiyn; 0 if Kaspi does not have the operation. */
  @Column('bigint', { transformer: bigintColumn }) amount!: bigint;
  @Column('text', { nullable: true }) mcc!: string | null;
  /** Tiyn; Kaspi's fee for the payment service, where operators settled it. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) paymentFee!: bigint | null;
  /** Tiyn; Kaspi's fee for “Сервис”, where operators settled it. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) serviceFee!: bigint | null;
  @Column('timestamptz') adjustedAt!: Date;
}
