import type { AccountId, CustomerId } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind } from '../domain/chart.js';

/** An account of the chart or of a customer. Its balance changes only by entries of the journal. */
@Entity('ledger_accounts')
export class AccountEntity implements LedgerAccount {
  @PrimaryColumn('uuid') id!: AccountId;
  @Column('text') kind!: AccountKind;
  @Column('text', { nullable: true }) customerId!: CustomerId | null;
  @Column('text', { nullable: true }) coreAccount!: string | null;
  @Column('text') name!: string;
  @Column('text', { default: 'KZT' }) currency!: string;
  @Column('text', { default: 'OPEN' }) status!: LedgerAccount['status'];
  /** Of customers only; the trigger ledger_apply_entry changes it. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) balance!: bigint | null;
  @Column('timestamptz') createdAt!: Date;
}
