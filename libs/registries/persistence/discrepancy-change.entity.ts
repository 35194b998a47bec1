import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DiscrepancyChange, DiscrepancyStatus } from '../domain/discrepancy.js';

/** A change of a discrepancy’s status or note. Append-only. Source: docs/accounting/registries.md. */
@Entity('registry_discrepancy_history')
export class DiscrepancyChangeEntity implements DiscrepancyChange {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS', insert: false }) id!: string;
  @Column('bigint') discrepancyId!: string;
  @Column('timestamptz') at!: Date;
  /** Null: the server. */
  @Column('text', { nullable: true }) actor!: string | null;
  /** The new status: DISCREPANCY_STATUSES. */
  @Column('text') status!: DiscrepancyStatus;
  @Column('text', { nullable: true }) note!: string | null;
}
