import type { BusinessDay, DayRange } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn, VirtualColumn } from 'typeorm';
import type { Registry, RegistrySource, Sums } from '../domain/registry.js';
import type { RegistryKind, StatedTotals } from '../domain/registry-row.js';
import type { RegistryStatus } from '../domain/registry-status.js';

const countDiscrepancies = (registry: string, condition = '') =>
  `select count(*)::int from registry_discrepancies d where d.registry_id = ${registry}.id${condition}`;

/** A registry of Kaspi. Source: regulation 5.1, 5.2, R26 to R28. */
@Entity('registries')
export class RegistryEntity implements Registry {
  @PrimaryColumn('uuid') id!: string;
  /** SHA-256 in hexadecimal: the same content is the same registry. */
  @Column('text') contentHash!: string;
  @Column('text') name!: string;
  /** Bytes. */
  @Column('int') size!: number;
  /** UPLOAD, MAIL, FOLDER or COMMAND: the way in which it was received. */
  @Column('text') source!: RegistrySource;
  /** The operator or the sender of the mail. */
  @Column('text', { nullable: true }) receivedFrom!: string | null;
  @Column('timestamptz') receivedAt!: Date;
  /** PROCESSING, RECONCILED, ACCEPTED or FAILED: domain/registry-status.ts. */
  @Column('text') status!: RegistryStatus;
  /** Why it is FAILED: a stable code and its detail. */
  @Column('text', { nullable: true }) failure!: string | null;
  /** DAILY or MONTHLY; null before it is known. */
  @Column('text', { nullable: true }) kind!: RegistryKind | null;
  /** The days that it covers (Almaty). */
  @Column('date', { nullable: true }) periodFrom!: BusinessDay | null;
  @Column('date', { nullable: true }) periodTo!: BusinessDay | null;
  /** The last stored row of the sheet. */
  @Column('int', { default: 0 }) readTo!: number;
  /** Operations. */
  @Column('int', { default: 0 }) rows!: number;
  /** Operations that the books know. */
  @Column('int', { default: 0 }) matched!: number;
  @Column('int', { default: 0 }) rowErrors!: number;
  /** Tiyn; the sum of the confirmed operations, refunds negative. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) amount!: bigint | null;
  /** Tiyn. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) fee!: bigint | null;
  /** The row “Итоги” and its values; null if there is none. */
  @Column('int', { nullable: true }) statedRow!: number | null;
  @Column('int', { nullable: true }) statedRows!: number | null;
  @Column('bigint', { nullable: true, transformer: bigintColumn }) statedAmount!: bigint | null;
  @Column('bigint', { nullable: true, transformer: bigintColumn }) statedFee!: bigint | null;
  /** How often a process began to read it. */
  @Column('int', { default: 0 }) attempts!: number;
  /** The process that reads it, and until when. */
  @Column('uuid', { nullable: true }) lease!: string | null;
  @Column('timestamptz', { nullable: true }) leasedUntil!: Date | null;
  @Column('timestamptz', { nullable: true }) reconciledAt!: Date | null;
  @Column('timestamptz', { nullable: true }) acceptedAt!: Date | null;
  @Column('text', { nullable: true }) acceptedBy!: string | null;
  /** The correction of its FEE entry: another registry of the same days may be accepted. */
  @Column('timestamptz', { nullable: true }) feeCorrectedAt!: Date | null;
  @VirtualColumn('int', { query: (registry) => countDiscrepancies(registry) }) discrepancies!: number;
  @VirtualColumn('int', { query: (registry) => countDiscrepancies(registry, ` and d.status = 'OPEN'`) })
  openDiscrepancies!: number;

  get period(): DayRange | null {
    const { periodFrom: from, periodTo: to } = this;
    return from === null || to === null ? null : { from, to };
  }

  get sums(): Sums | null {
    const { amount, fee } = this;
    return amount === null || fee === null ? null : { amount, fee };
  }

  get stated(): StatedTotals | null {
    const { statedRow: row, statedRows: rows, statedAmount: amount, statedFee: fee } = this;
    return row === null ? null : { row, rows, amount, fee };
  }
}
