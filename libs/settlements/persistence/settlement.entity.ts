import type { BusinessDay } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What was paid to Kaspi for a business date. Append-only; the journal has the money. */
@Entity('registry_settlements')
export class SettlementEntity {
  @PrimaryColumn('uuid') id!: string;
  /** A business date (Almaty). */
  @Column('date') day!: BusinessDay;
  /** The bank’s reference. */
  @Column('text') reference!: string;
  /** Tiyn; negative: Kaspi paid us. */
  @Column('bigint', { transformer: bigintColumn }) amount!: bigint;
  /** Tiyn; netted refunds. */
  @Column('bigint', { transformer: bigintColumn }) netted!: bigint;
  @Column('text') settledBy!: string;
  @Column('timestamptz') settledAt!: Date;
}
