import { ForwardMigration } from './forward-migration.js';

export class QrPaymentsReversals1796083220000 extends ForwardMigration {
  readonly sql = `
    -- R41: a debit that cannot be given back waits in suspense, as a refund does.
    alter table ledger_accounts drop constraint ledger_accounts_kind_check;
    alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in ('CUSTOMER', 'CORE_CUSTOMER', 'FUNDING',
      'IN_TRANSIT', 'PAYABLE_TO_KASPI', 'DIFFERENCES', 'RECEIVABLE_FROM_KASPI', 'REFUNDS_IN_SUSPENSE', 'REVERSALS_IN_SUSPENSE',
      'FEES', 'BANK'));
    insert into ledger_accounts (id, kind, name, created_at) values
      ('00000000-0000-7000-8000-000000000009', 'REVERSALS_IN_SUSPENSE', 'Reversals in suspense', '2026-01-01Z');
    alter table ledger_entries drop constraint ledger_entries_purpose_check;
    alter table ledger_entries add constraint ledger_entries_purpose_check check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT',
      'REVERSAL', 'REVERSAL_RELEASE', 'DIFFERENCE', 'REFUND', 'REFUND_RELEASE', 'FEE', 'NETTING', 'PAYOUT', 'CORRECTION'));
    drop index ledger_entries_one_release;
    create unique index ledger_entries_one_release on ledger_entries (reference)
      where purpose in ('REFUND_RELEASE', 'REVERSAL_RELEASE');

    -- The giving back of a debit, from the moment it is owed. The columns of crediting are those of refunds.
    create table qr_payment_reversals (
      payment_id uuid primary key,
      customer_id text not null,
      amount bigint not null check (amount > 0),
      account_id uuid not null,
      credit_by timestamptz not null,
      next_escalation_at timestamptz,
      suspended_at timestamptz,
      credited_at timestamptz,
      credited_account_id uuid,
      created_at timestamptz not null,
      constraint qr_payment_reversals_credited check ((credited_at is null) = (credited_account_id is null)),
      constraint qr_payment_reversals_escalates check (next_escalation_at is null or credited_at is null)
    ) with (fillfactor = 80);
    create index qr_payment_reversals_waiting on qr_payment_reversals (credit_by) where credited_at is null;
    create index qr_payment_reversals_escalating on qr_payment_reversals (next_escalation_at)
      where next_escalation_at is not null;
    insert into qr_payment_reversals (payment_id, customer_id, amount, account_id, credit_by, next_escalation_at, credited_at,
      credited_account_id, created_at)
    select subject, customer_id, amount, account_id, due_at, next_escalation_at, answered_at,
      case when state = 'DONE' then account_id end, requested_at
    from core_operations where kind = 'REVERSAL';
    alter table qr_payments drop constraint qr_payments_reversing;

    -- A core may refuse a reversal; then one to another account of the customer is requested, and never a second one while the
    -- first may have been executed.
    alter table core_operations drop constraint core_operations_refused;
    alter table core_operations add constraint core_operations_refused check (state <> 'REFUSED' or reason is not null);
    drop index core_operations_one_reversal;
    create unique index core_operations_one_reversal on core_operations (debit_id) where kind = 'REVERSAL' and state <> 'REFUSED';
    drop index core_operations_reversing;
    alter table core_operations drop column next_escalation_at;
  `;
}
