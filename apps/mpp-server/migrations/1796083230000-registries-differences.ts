import { ForwardMigration } from './forward-migration.js';

export class RegistriesDifferences1796083230000 extends ForwardMigration {
  readonly sql = `
    -- R40: what a registry or the PS contradicts is put right in the books by operators. A payment can have several differences
    -- in its life; that they agree with it is checked by registry_check_difference.
    alter table ledger_entries drop constraint ledger_entries_purpose_check;
    alter table ledger_entries add constraint ledger_entries_purpose_check check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT',
      'REVERSAL', 'REVERSAL_RELEASE', 'DIFFERENCE', 'DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT', 'REFUND', 'REFUND_RELEASE', 'FEE', 'NETTING', 'PAYOUT',
      'CORRECTION'));
    drop index ledger_entries_once;
    create unique index ledger_entries_once on ledger_entries (purpose, (coalesce(corrects::text, reference)))
      where purpose in ('FEE', 'NETTING', 'PAYOUT', 'CORRECTION');

    -- A refusal that an operator lets be decided again, and a refund that was taken up from a registry.
    alter table refunds add column recheck_at timestamptz, add column taken_up_at timestamptz,
      add constraint refunds_recheck check (recheck_at is null or status = 'REFUSED');
    create index refunds_taken_up on refunds (kaspi_payment_id) where taken_up_at is not null;
    create index refund_calls_refused on refund_calls (received_at desc, id desc) where result_code <> 'SUCCESS';

    create table registry_adjustments (
      id uuid primary key,
      type text not null check (type in ('PURCHASE', 'REFUND')),
      subject text not null check (subject in ('PAYMENT', 'REFUND', 'ROW')),
      copy_of uuid,
      payment_id uuid,
      kaspi_operation_id text,
      mpp_payment_id text,
      at timestamptz not null,
      customer_id text,
      amount bigint not null check (amount >= 0),
      mcc text,
      payment_fee bigint,
      service_fee bigint,
      adjusted_at timestamptz not null,
      constraint registry_adjustments_subject check (case subject when 'PAYMENT' then type = 'PURCHASE' and payment_id = id
        when 'REFUND' then type = 'REFUND' and payment_id is not null else true end),
      constraint registry_adjustments_copy check (copy_of is null or subject = 'ROW')
    );
    create index registry_adjustments_at on registry_adjustments (at);
    create index registry_adjustments_operation on registry_adjustments (kaspi_operation_id) where subject = 'ROW';
    create index registry_adjustments_copies on registry_adjustments (copy_of) where copy_of is not null;

    -- A contradiction of the PS (R36) is a discrepancy without a registry.
    alter table registry_discrepancies alter column registry_id drop not null;
    create unique index registry_discrepancies_contradiction on registry_discrepancies (kind, subject) where registry_id is null;
    alter table registry_discrepancies add column action text check (action in ('TAKE_UP', 'GIVE_BACK', 'CONFIRM', 'BOOK_DIFFERENCE',
        'EXPLAIN')),
      add column action_account text, add column action_reason text, add column action_at timestamptz, add column action_by text,
      add column adjustment_id uuid,
      add constraint registry_discrepancies_action check (num_nonnulls(action, action_reason, action_at, action_by) in (0, 4));
  `;
}
