import type { BusinessDay } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn, VirtualColumn } from 'typeorm';
import type { Settlement } from '../domain/settlement.js';

/**
 * A transfer between the bank and Kaspi for a business day. Append-only; the journal has the money. Source:
 * docs/accounting/settlements.md.
 */
@Entity('registry_settlements')
export class SettlementEntity implements Settlement {
  @PrimaryColumn('uuid') id!: string;
  /** A business day (Almaty). */
  @Column('date') day!: BusinessDay;
  /** The bank’s reference. */
  @Column('text') reference!: string;
  /** Tiyn; negative: Kaspi paid us. */
  @Column('bigint', { transformer: bigintColumn }) amount!: bigint;
  /** Tiyn; netted refunds. */
  @Column('bigint', { transformer: bigintColumn }) netted!: bigint;
  @Column('text') settledBy!: string;
  @Column('timestamptz') settledAt!: Date;
  @VirtualColumn('bigint', { query: (row) => `ledger_paid_to_kaspi(${row}.reference)`, transformer: bigintColumn })
  amountInJournal!: bigint;
  @VirtualColumn('bigint', { query: (row) => `ledger_netted_with_kaspi(${row}.reference)`, transformer: bigintColumn })
  nettedInJournal!: bigint;
}
