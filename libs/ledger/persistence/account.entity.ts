import type { AccountId, CustomerId } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind } from '../domain/chart.js';

/**
 * An account of the chart or of a customer. Its balance changes only by entries of the journal. Source:
 * docs/accounting/books.md.
 */
@Entity('ledger_accounts')
export class AccountEntity implements LedgerAccount {
  @PrimaryColumn('uuid') id!: AccountId;
  /** An AccountKind: CHART in domain/chart.ts lists them. */
  @Column('text') kind!: AccountKind;
  @Column('text', { nullable: true }) customerId!: CustomerId | null;
  /** Of a CORE_CUSTOMER: the id of the account at the bank’s core. */
  @Column('text', { nullable: true }) coreAccount!: string | null;
  @Column('text') name!: string;
  @Column('text', { default: 'KZT' }) currency!: string;
  /** OPEN, BLOCKED or CLOSED: payments debit open accounts only, and refunds and reversals credit open ones only. */
  @Column('text', { default: 'OPEN' }) status!: LedgerAccount['status'];
  /** Of customers only; the trigger ledger_apply_entry changes it. */
  @Column('bigint', { nullable: true, transformer: bigintColumn }) balance!: bigint | null;
  @Column('timestamptz') createdAt!: Date;
}
