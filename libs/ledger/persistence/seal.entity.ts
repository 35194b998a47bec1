import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Seal } from '../domain/seal.js';
import { hexColumn } from './hex-column.js';

/**
 * A link of the hash chain over the journal. Seals cover the journal in order of id, without a gap. Append-only. Source:
 * docs/decisions/0013-books-that-show-alteration.md.
 */
@Entity('ledger_seals')
export class SealEntity implements Seal {
  /** 1, 2, 3 …: a bigint as text. */
  @PrimaryColumn('bigint') number!: string;
  @Column('bigint') firstId!: string;
  @Column('bigint') lastId!: string;
  @Column('int') entries!: number;
  /** The latest `bookedAt` of all entries up to this seal. */
  @Column('timestamptz') bookedUntil!: Date;
  /** How far the earliest `bookedAt` of this seal is before that of the previous seals: microseconds. */
  @Column('bigint') lateBy!: string;
  /** SHA-256 over the previous hash, this seal and the digests of its entries. */
  @Column('bytea', { transformer: hexColumn }) hash!: string;
  /** The ids of the entries, and the first 8 bytes of each digest, which name an altered entry. Only the check reads them. */
  @Column('bigint', { array: true, select: false }) entryIds!: string[];
  @Column('bytea', { select: false }) digests!: Buffer;
  @Column('timestamptz') sealedAt!: Date;
}
