import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class LedgerDifferences1795478400009 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What the PS says of a payment that has been settled otherwise (R36): the customer's balance stays, what we owe
      -- Kaspi changes, and somebody has to find out. Once per payment.
      alter table ledger_accounts drop constraint ledger_accounts_kind_check;
      alter table ledger_accounts add constraint ledger_accounts_kind_check
        check (kind in ('CUSTOMER', 'FUNDING', 'IN_TRANSIT', 'PAYABLE_TO_KASPI', 'DIFFERENCES'));
      alter table ledger_entries drop constraint ledger_entries_purpose_check;
      alter table ledger_entries add constraint ledger_entries_purpose_check
        check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL', 'DIFFERENCE'));
      create unique index ledger_entries_one_difference on ledger_entries (reference) where purpose = 'DIFFERENCE';
      alter table ledger_entries add constraint ledger_entries_difference_parties check (purpose <> 'DIFFERENCE'
        or least(debit_account_id, credit_account_id) = '00000000-0000-7000-8000-000000000003'
        and greatest(debit_account_id, credit_account_id) = '00000000-0000-7000-8000-000000000004');
      insert into ledger_accounts (id, kind, name, created_at) values
        ('00000000-0000-7000-8000-000000000004', 'DIFFERENCES', 'Differences with Kaspi', '2026-01-01Z');
    `);
  }
}
