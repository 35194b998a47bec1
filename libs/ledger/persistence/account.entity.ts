import type { AccountId, CustomerId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind } from '../domain/chart.js';

const tiyn = {
  to: (amount: bigint | null): string | null => amount?.toString() ?? null,
  from: (text: string | null): bigint | null => (text === null ? null : BigInt(text)),
};

@Entity('ledger_accounts')
export class AccountEntity implements LedgerAccount {
  @PrimaryColumn('uuid')
  id!: AccountId;

  @Column('text')
  kind!: AccountKind;

  @Column('text', { name: 'customer_id', nullable: true })
  customerId!: CustomerId | null;

  @Column('text', { name: 'core_account', nullable: true })
  coreAccount!: string | null;

  @Column('text')
  name!: string;

  @Column('text')
  currency!: string;

  @Column('text')
  status!: LedgerAccount['status'];

  /** Of customers only; the journal's trigger moves it, nobody else can. */
  @Column('bigint', { nullable: true, transformer: tiyn })
  balance!: bigint | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
