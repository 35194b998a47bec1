import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RecoveryPeriod } from '../domain/recovery-period.js';

/** A recovery after the database was restored to an earlier moment; at most one has not ended. Source: R39. */
@Entity('recoveries')
export class RecoveryEntity implements RecoveryPeriod {
  /** The moment to which the database was restored (RECOVERED_FROM). */
  @PrimaryColumn('timestamptz') recoveredFrom!: Date;
  @Column('timestamptz') startedAt!: Date;
  @Column('timestamptz', { nullable: true }) endedAt!: Date | null;
  /** The operator. */
  @Column('text', { nullable: true }) endedBy!: string | null;
  @Column('text', { nullable: true }) reason!: string | null;
}
