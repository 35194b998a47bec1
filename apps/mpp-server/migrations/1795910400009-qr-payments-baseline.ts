import { ForwardMigration } from './forward-migration.js';

export class QrPaymentsBaseline1795910400009 extends ForwardMigration {
  readonly sql = `
    create table qr_payments (
      id uuid primary key,
      kaspi_payment_id text not null check (kaspi_payment_id <> ''),
      customer_id text not null check (customer_id <> ''),
      qr_code_type text not null check (qr_code_type in ('Dynamic', 'Static', 'Custom')),
      status text not null check (status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'DEBITING',
        'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED')),
      version int not null default 0,
      amount bigint check (amount > 0),
      refunded_amount bigint not null default 0 check (refunded_amount >= 0 and refunded_amount <= coalesce(amount, 0)),
      account_id uuid,
      confirm_until timestamptz,
      answered_at timestamptz not null,
      expires_at timestamptz,
      merchant_id text,
      merchant_name text,
      merchant_mcc text,
      service json,
      form_values json,
      failure_code text,
      kaspi_result_code text,
      notify_result text check (notify_result in ('SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL', 'RISK_REJECT')),
      debit_requested_at timestamptz,
      debited_at timestamptz,
      confirmed_at timestamptz,
      settled_by text check (settled_by in ('KASPI', 'OPERATOR', 'REFUND', 'REGISTRY', 'DEADLINE')),
      doubted_at timestamptz,
      contradicted_by text,
      contradicted_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint qr_payments_waiting check ((expires_at is not null)
        = (status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION'))),
      constraint qr_payments_form check ((service is not null) = (qr_code_type = 'Custom')),
      constraint qr_payments_priced check (status <> 'AWAITING_CONFIRMATION' or amount is not null),
      constraint qr_payments_filled_in check (qr_code_type <> 'Custom' or amount is null or form_values is not null),
      -- The PS receives a whole number of tenge (R3).
      constraint qr_payments_whole_tenge check (qr_code_type = 'Dynamic' or amount % 100 = 0),
      constraint qr_payments_debited check (case
        when status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then debited_at is not null and account_id is not null
          and amount is not null and notify_result is not null
        -- A core may never have answered that it debited.
        when status in ('REVERSING', 'REVERSED') then coalesce(debited_at, debit_requested_at) is not null
          and account_id is not null and amount is not null and notify_result is not null
        when status = 'DEBITING' then debit_requested_at is not null and debited_at is null and account_id is not null
          and amount is not null
        else true end),
      constraint qr_payments_undebited check (status in ('DEBITING', 'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED')
        or debited_at is null),
      constraint qr_payments_debit_requested check (debit_requested_at is null
        or status in ('DEBITING', 'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED')),
      -- With the own ledger a reversal is immediate.
      constraint qr_payments_reversing check (status <> 'REVERSING' or debit_requested_at is not null),
      constraint qr_payments_settled
        check ((settled_by is not null) = (status in ('CONFIRMED', 'REVERSING', 'REVERSED'))),
      -- The result for the PS fits the status (R14, R15, R35).
      constraint qr_payments_status_result check (case
        when status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'DEBITING') then notify_result is null
        when status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then notify_result is not distinct from 'SUCCESS'
        when status in ('REVERSING', 'REVERSED') then coalesce(notify_result, '') in ('SUCCESS', 'PROCESS_FAIL')
        when status = 'DECLINED' then coalesce(notify_result, '') in ('PROCESS_FAIL', 'RISK_REJECT')
        when status in ('CANCELLED', 'EXPIRED') then coalesce(notify_result, 'CANCELLED_BY_CLIENT') = 'CANCELLED_BY_CLIENT'
        else true end),
      constraint qr_payments_contradiction check ((contradicted_at is null) = (contradicted_by is null)
        and (contradicted_at is null or settled_by is not null))
    ) with (fillfactor = 80);

    -- R33: a customer has one payment per purchase, and a purchase is debited once, by any customer; a debit that was
    -- requested from a core may have been executed.
    create unique index qr_payments_of_purchase on qr_payments (kaspi_payment_id, customer_id);
    create unique index qr_payments_one_debit on qr_payments (kaspi_payment_id)
      where debited_at is not null or debit_requested_at is not null;
    create index qr_payments_of_customer on qr_payments (customer_id, created_at desc, id desc);
    create index qr_payments_by_age on qr_payments (created_at desc, id desc);
    create index qr_payments_debits_of_customer on qr_payments (customer_id, debited_at) where debited_at is not null;
    create index qr_payments_requested_of_customer on qr_payments (customer_id, debit_requested_at)
      where debit_requested_at is not null;
    -- Small indexes over columns that settling does not change: an index over the status would cost every settlement a new
    -- entry in each index of the table.
    create index qr_payments_expiring on qr_payments (expires_at) where expires_at is not null;
    create index qr_payments_doubted on qr_payments (doubted_at) where doubted_at is not null;
    create index qr_payments_contradicted on qr_payments (contradicted_at) where contradicted_at is not null;
    -- Payments are stored nearly in the order of their debits: a few pages of this index find a day's.
    create index qr_payments_debited_when on qr_payments using brin (debited_at) with (pages_per_range = 32, autosummarize = on);

    create table qr_payment_history (
      payment_id uuid not null,
      version int not null,
      status text not null,
      reason text,
      at timestamptz not null,
      primary key (payment_id, version, at)
    ) partition by range (at);
    create table qr_payment_history_default partition of qr_payment_history default;
    insert into platform_monthly_tables values ('qr_payment_history');
  `;
}
