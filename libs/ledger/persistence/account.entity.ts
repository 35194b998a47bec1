import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind } from '../domain/chart.js';

const money = {
  to: (amount: Money | null): string | null => amount?.tiyn.toString() ?? null,
  from: (tiyn: string | null): Money | null => (tiyn === null ? null : Money.ofTiyn(BigInt(tiyn))),
};

@Entity('ledger_accounts')
export class AccountEntity implements LedgerAccount {
  @PrimaryColumn('uuid')
  id!: AccountId;

  @Column('text')
  kind!: AccountKind;

  @Column('text', { name: 'customer_id', nullable: true })
  customerId!: CustomerId | null;

  @Column('text')
  name!: string;

  @Column('text')
  currency!: string;

  @Column('text')
  status!: LedgerAccount['status'];

  /** Of customers only; the journal's trigger moves it, nobody else can. */
  @Column('bigint', { nullable: true, transformer: money })
  balance!: Money | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
