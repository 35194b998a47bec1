import type { AccountId, Money } from '@mpp/kernel';
import { moneyColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EntryPurpose } from '../domain/chart.js';
import type { Entry } from '../domain/entry.js';

/** A journal entry: one amount from the debited to the credited account. Append-only. Source: docs/accounting/books.md. */
@Entity('ledger_entries')
export class EntryEntity implements Entry {
  /** A bigint as text; the order of the journal. */
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS', insert: false }) id!: string;
  /** One of PURPOSES (chart.ts). */
  @Column('text') purpose!: EntryPurpose;
  /** The id of the payment, refund or registry, or the reference of a deposit or bank transfer. */
  @Column('text') reference!: string;
  @Column('uuid') debitAccountId!: AccountId;
  @Column('uuid') creditAccountId!: AccountId;
  /** Tiyn. */
  @Column('bigint', { transformer: moneyColumn }) amount!: Money;
  @Column('timestamptz') bookedAt!: Date;
  /** Of a CORRECTION only: the id of the corrected entry. */
  @Column('bigint', { nullable: true }) corrects!: string | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('text', { nullable: true }) operator!: string | null;
}
