import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class LedgerRefunds1795478400011 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ledger_accounts drop constraint ledger_accounts_kind_check;
      alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in ('CUSTOMER', 'FUNDING',
        'IN_TRANSIT', 'PAYABLE_TO_KASPI', 'DIFFERENCES', 'RECEIVABLE_FROM_KASPI', 'REFUNDS_IN_SUSPENSE'));
      alter table ledger_entries drop constraint ledger_entries_purpose_check;
      alter table ledger_entries add constraint ledger_entries_purpose_check
        check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL', 'DIFFERENCE', 'REFUND', 'REFUND_RELEASE'));

      -- A refund is owed by Kaspi once, and goes to the customer, into suspense, or against a reversal; what is in
      -- suspense goes to the customer once.
      create unique index ledger_entries_one_refund on ledger_entries (reference) where purpose = 'REFUND';
      create unique index ledger_entries_one_release on ledger_entries (reference) where purpose = 'REFUND_RELEASE';
      alter table ledger_entries add constraint ledger_entries_refund_parties check (purpose <> 'REFUND'
        or debit_account_id = '00000000-0000-7000-8000-000000000005'
        and (credit_account_id > '00000000-0000-7000-8000-0000000000ff' or credit_account_id in
          ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000006')));
      alter table ledger_entries add constraint ledger_entries_release_parties check (purpose <> 'REFUND_RELEASE'
        or debit_account_id = '00000000-0000-7000-8000-000000000006'
        and credit_account_id > '00000000-0000-7000-8000-0000000000ff');

      insert into ledger_accounts (id, kind, name, created_at) values
        ('00000000-0000-7000-8000-000000000005', 'RECEIVABLE_FROM_KASPI', 'Receivable from Kaspi', '2026-01-01Z'),
        ('00000000-0000-7000-8000-000000000006', 'REFUNDS_IN_SUSPENSE', 'Refunds in suspense', '2026-01-01Z');

      -- What is in suspense was put there by the same refund, to the tiyn.
      create function ledger_guard_release() returns trigger language plpgsql as $$
      begin
        if not exists (select 1 from ledger_entries where reference = new.reference and purpose = 'REFUND'
            and credit_account_id = '00000000-0000-7000-8000-000000000006' and amount = new.amount) then
          raise exception 'refund % is not in suspense', new.reference
            using errcode = 'check_violation', constraint = 'ledger_entries_release_of_suspense';
        end if;
        return null;
      end $$;
      create trigger ledger_entries_guard_release after insert on ledger_entries
        for each row when (new.purpose = 'REFUND_RELEASE') execute function ledger_guard_release();
      alter table ledger_entries enable always trigger ledger_entries_guard_release;
    `);
  }
}
