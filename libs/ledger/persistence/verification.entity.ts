import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Verification } from '../domain/verification.js';
import { hexColumn } from './hex-column.js';

/** A check of the books and its result. Append-only. Source: docs/decisions/0013-books-that-show-alteration.md. */
@Entity('ledger_verifications')
export class VerificationEntity implements Verification {
  @PrimaryColumn('bigint', { name: 'number', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false })
  id!: string;

  @Column('timestamptz') verifiedAt!: Date;
  @Column('bigint', { transformer: bigintColumn }) entries!: bigint;
  @Column('bigint', { nullable: true }) seal!: string | null;
  @Column('bytea', { nullable: true, transformer: hexColumn }) hash!: string | null;
  @Column('int') faults!: number;
}
