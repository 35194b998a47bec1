import { ForwardMigration } from './forward-migration.js';

export class RegistriesBaseline1795910400011 extends ForwardMigration {
  readonly sql = `
    create table registries (
      id uuid primary key,
      content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
      name text not null check (name <> ''),
      size int not null check (size >= 0),
      source text not null check (source in ('UPLOAD', 'MAIL', 'FOLDER', 'COMMAND')),
      received_from text,
      received_at timestamptz not null,
      status text not null check (status in ('PROCESSING', 'RECONCILED', 'ACCEPTED', 'FAILED')),
      failure text,
      kind text check (kind in ('DAILY', 'MONTHLY')),
      period_from date,
      period_to date,
      read_to int not null default 0,
      rows int not null default 0,
      matched int not null default 0,
      row_errors int not null default 0,
      amount bigint,
      fee bigint,
      stated_row int,
      stated_rows int,
      stated_amount bigint,
      stated_fee bigint,
      attempts int not null default 0,
      lease uuid,
      leased_until timestamptz,
      reconciled_at timestamptz,
      accepted_at timestamptz,
      accepted_by text,
      fee_taken_back_at timestamptz,
      constraint registries_content unique (content_hash),
      constraint registries_failed check ((status = 'FAILED') = (failure is not null)),
      constraint registries_reconciled check (status not in ('RECONCILED', 'ACCEPTED') or (kind is not null
        and period_from is not null and period_to is not null and amount is not null and fee is not null
        and reconciled_at is not null)),
      constraint registries_accepted check ((status = 'ACCEPTED') = (accepted_at is not null)
        and (accepted_at is null) = (accepted_by is null)),
      constraint registries_fee_taken_back check (fee_taken_back_at is null or status = 'ACCEPTED'),
      constraint registries_period check (period_from <= period_to),
      constraint registries_leased check ((lease is null) = (leased_until is null) and (lease is null or status = 'PROCESSING')),
      -- The fees of a day are accepted once, also if several registries cover it.
      constraint registries_daily_once exclude using gist (daterange(period_from, period_to, '[]') with &&)
        where (status = 'ACCEPTED' and kind = 'DAILY' and fee_taken_back_at is null),
      constraint registries_monthly_once exclude using gist (daterange(period_from, period_to, '[]') with &&)
        where (status = 'ACCEPTED' and kind = 'MONTHLY' and fee_taken_back_at is null)
    ) with (fillfactor = 70);
    create index registries_by_age on registries (received_at desc, id desc);
    create index registries_by_period on registries (kind, period_to, period_from);
    create index registries_processing on registries (received_at) where status = 'PROCESSING';

    create table registry_files (
      registry_id uuid not null references registries,
      part int not null,
      content bytea not null,
      primary key (registry_id, part)
    );
    -- A workbook is already compressed.
    alter table registry_files alter column content set storage external;

    create table registry_rows (
      registry_id uuid not null,
      row int not null,
      type text check (type in ('PURCHASE', 'REFUND')),
      kaspi_operation_id text,
      mpp_payment_id text,
      confirmed boolean,
      at timestamptz,
      method text,
      customer_id text,
      amount bigint check (amount >= 0),
      fee bigint,
      rate bigint,
      mcc text,
      payment_id uuid,
      refund uuid,
      primary key (registry_id, row)
    );
    create index registry_rows_payment on registry_rows (payment_id) where payment_id is not null;
    create index registry_rows_refund on registry_rows (refund) where refund is not null;

    create table registry_row_errors (
      id bigint generated always as identity primary key,
      registry_id uuid not null references registries,
      row int not null,
      column_name text not null,
      header text not null,
      content text not null,
      problem text not null
    );
    create index registry_row_errors_of on registry_row_errors (registry_id, id);

    create table registry_discrepancies (
      id bigint generated always as identity primary key,
      registry_id uuid not null references registries,
      kind text not null check (kind in ('MISSING_AT_MPP', 'MISSING_AT_KASPI', 'AMOUNT_MISMATCH', 'STATUS_MISMATCH',
        'CUSTOMER_MISMATCH', 'FEE_MISMATCH', 'DUPLICATE_ROW', 'TOTAL_MISMATCH')),
      subject text not null,
      row int,
      kaspi_operation_id text,
      mpp_payment_id text,
      payment_id uuid,
      refund uuid,
      expected text,
      actual text,
      proposal text check (proposal in ('REVERSE')),
      status text not null check (status in ('OPEN', 'EXPLAINED', 'RESOLVED')),
      closed_by_itself boolean not null default false,
      note text,
      found_at timestamptz not null,
      changed_at timestamptz not null,
      constraint registry_discrepancies_once unique (registry_id, kind, subject),
      constraint registry_discrepancies_by_itself check (not closed_by_itself or status = 'EXPLAINED')
    ) with (fillfactor = 80);
    create index registry_discrepancies_open on registry_discrepancies (registry_id, id) where status = 'OPEN';
    create index registry_discrepancies_payment on registry_discrepancies (payment_id) where payment_id is not null;

    create table registry_discrepancy_history (
      id bigint generated always as identity primary key,
      discrepancy_id bigint not null references registry_discrepancies,
      at timestamptz not null,
      actor text,
      status text not null,
      note text
    );
    create index registry_discrepancy_history_of on registry_discrepancy_history (discrepancy_id, id);

    create table registry_tariffs (
      id bigint generated always as identity primary key,
      service text not null check (service in ('PAYMENT', 'SERVICE')),
      mcc text check (length(mcc) between 1 and 32),
      rate bigint not null check (rate between 0 and 1000000),
      valid_from date not null,
      set_at timestamptz not null,
      set_by text not null,
      replaced_at timestamptz,
      replaced_by text,
      constraint registry_tariffs_replaced check ((replaced_at is null) = (replaced_by is null))
    );
    create unique index registry_tariffs_once on registry_tariffs (service, coalesce(mcc, ''), valid_from) where replaced_at is null;
  `;
}
