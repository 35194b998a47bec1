import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A check of the books and its result. Append-only. */
@Entity('ledger_verifications')
export class VerificationEntity {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' }) number!: string;
  @Column('timestamptz') verifiedAt!: Date;
  /** Sealed entries, each of which was compared. */
  @Column('bigint') entries!: string;
  /** The head of the chain at that time; null before the first seal. */
  @Column('bigint', { nullable: true }) seal!: string | null;
  @Column('bytea', { nullable: true }) hash!: Buffer | null;
  @Column('int') faults!: number;
}
