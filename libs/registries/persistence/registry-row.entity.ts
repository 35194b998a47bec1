import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OperationType, RegistryRow } from '../domain/registry-row.js';

/** One operation of a registry, as it was read. Source: regulation 5.1, 5.2, R26. */
@Entity('registry_rows')
export class RegistryRowEntity implements RegistryRow {
  @PrimaryColumn('uuid') registryId!: string;
  /** The number of the row in the sheet. */
  @PrimaryColumn('int') row!: number;
  /** PURCHASE or REFUND. */
  @Column('text', { nullable: true }) type!: OperationType | null;
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  @Column('text', { nullable: true }) mppPaymentId!: string | null;
  /** ДА or НЕТ. */
  @Column('boolean', { nullable: true }) confirmed!: boolean | null;
  @Column('timestamptz', { nullable: true }) at!: Date | null;
  @Column('text', { nullable: true }) method!: string | null;
  @Column('text', { nullable: true }) customerId!: string | null;
  /** Tiyn, never negative. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) amount!: bigint | null;
  /** Tiyn. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) fee!: bigint | null;
  /** Ten-thousandths of a percent. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) rate!: bigint | null;
  @Column('text', { nullable: true }) mcc!: string | null;
  /** Our payment that matches. */
  @Column('uuid', { nullable: true }) paymentId!: string | null;
  /** Our refund that matches. */
  @Column('uuid', { nullable: true }) refund!: string | null;
}
