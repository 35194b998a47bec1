import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** Kaspi's registries, their rows, and what in them differs from the books. */
export class Registries1795478400020 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(BOOKS);
    await runner.query(REGISTRIES);
    await runner.query(ROWS);
    await runner.query(DISCREPANCIES);
    await runner.query(GUARD);
  }
}

const BOOKS = `
  -- What a registry is compared with, as the libs that own the tables show it.
  create view qr_payments_to_reconcile as
    select p.id, p.customer_id, p.status, p.amount, p.merchant_mcc as mcc, p.debited_at as at, p.doubted_at,
      r.kaspi_operation_id
    from qr_payments p left join receipts r on r.payment_id = p.id;
  create view refunds_to_reconcile as
    select id, refund_id, payment_id, customer_id, amount, status, created_at as at, kaspi_operation_id
    from refunds where status <> 'REFUSED';
  -- Payments lie in the table in the order of their debits, near enough: a few pages of index find a day's.
  create index qr_payments_debited_when on qr_payments using brin (debited_at) with (pages_per_range = 32, autosummarize = on);
`;

const REGISTRIES = `
  create table registries (
    id uuid primary key,
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),  -- SHA-256: the same file is the same registry
    name text not null check (name <> ''),
    size int not null check (size >= 0),
    source text not null check (source in ('UPLOAD', 'MAIL', 'FOLDER', 'COMMAND')),
    received_from text,          -- who uploaded or sent it
    received_at timestamptz not null,
    status text not null check (status in ('PROCESSING', 'RECONCILED', 'ACCEPTED', 'FAILED')),
    failure text,                -- why it is FAILED: a stable code
    kind text check (kind in ('DAILY', 'MONTHLY')),
    period_from date,            -- the days that it is about, by the calendar of Almaty
    period_to date,
    read_to int not null default 0,      -- the last row of the sheet whose reading is kept
    rows int not null default 0,         -- operations
    matched int not null default 0,      -- operations of which the books know
    row_errors int not null default 0,
    amount bigint,               -- of all operations that Kaspi confirmed, refunds below zero
    fee bigint,
    stated_row int,              -- what the row of totals says; nulls where there is none
    stated_rows int,
    stated_amount bigint,
    stated_fee bigint,
    attempts int not null default 0,     -- how often a process began with it
    lease uuid,                  -- which process works at it, and until when it may be thought to
    leased_until timestamptz,
    reconciled_at timestamptz,
    accepted_at timestamptz,
    accepted_by text,
    fee_taken_back_at timestamptz,       -- accounting took the entry of its fee back: its days are free for another one
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
    -- The fees of a day are accepted once, whatever registries cover it.
    constraint registries_daily_once exclude using gist (daterange(period_from, period_to, '[]') with &&)
      where (status = 'ACCEPTED' and kind = 'DAILY' and fee_taken_back_at is null),
    constraint registries_monthly_once exclude using gist (daterange(period_from, period_to, '[]') with &&)
      where (status = 'ACCEPTED' and kind = 'MONTHLY' and fee_taken_back_at is null)
  ) with (fillfactor = 70);
  create index registries_by_age on registries (received_at desc, id desc);
  create index registries_by_period on registries (kind, period_to, period_from);
  create index registries_processing on registries (received_at) where status = 'PROCESSING';

  -- The file as it came, in parts.
  create table registry_files (
    registry_id uuid not null references registries,
    part int not null,
    content bytea not null,
    primary key (registry_id, part)
  );
  -- A workbook is compressed already.
  alter table registry_files alter column content set storage external;
`;

const ROWS = `
  create table registry_rows (
    registry_id uuid not null,
    row int not null,            -- as a spreadsheet numbers it
    type text check (type in ('PURCHASE', 'REFUND')),
    kaspi_operation_id text,
    mpp_payment_id text,
    confirmed boolean,
    at timestamptz,
    method text,
    customer_id text,
    amount bigint check (amount >= 0),
    fee bigint,
    rate bigint,                 -- in ten-thousandths of a percent
    mcc text,
    payment_id uuid,             -- ours that it is about
    refund uuid,                 -- and, of a refund, which of its refunds
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
`;

const DISCREPANCIES = `
  create table registry_discrepancies (
    id bigint generated always as identity primary key,
    registry_id uuid not null references registries,
    kind text not null check (kind in ('MISSING_AT_MPP', 'MISSING_AT_KASPI', 'AMOUNT_MISMATCH', 'STATUS_MISMATCH',
      'CUSTOMER_MISMATCH', 'FEE_MISMATCH', 'DUPLICATE_ROW', 'TOTAL_MISMATCH')),
    subject text not null,       -- what differs: with the kind, what makes it the same one when it is looked for again
    row int,
    kaspi_operation_id text,
    mpp_payment_id text,
    payment_id uuid,
    refund uuid,
    expected text,
    actual text,
    proposal text check (proposal in ('REVERSE')),   -- what operations may want to do about it (R34)
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

  -- What became of each, who said so, and why. Append only.
  create table registry_discrepancy_history (
    id bigint generated always as identity primary key,
    discrepancy_id bigint not null references registry_discrepancies,
    at timestamptz not null,
    actor text,                  -- null: it closed, or opened, by itself
    status text not null,
    note text
  );
  create index registry_discrepancy_history_of on registry_discrepancy_history (discrepancy_id, id);
`;

const GUARD = `
  -- What a registry said, and that it was accepted, is never taken back, whoever writes.
  create function registries_guard() returns trigger language plpgsql set search_path from current as $$
  begin
    if (new.id, new.content_hash, new.name, new.size, new.source, new.received_from, new.received_at)
        is distinct from (old.id, old.content_hash, old.name, old.size, old.source, old.received_from, old.received_at)
      or (new.status <> old.status and (old.status, new.status) not in (('PROCESSING', 'RECONCILED'),
        ('PROCESSING', 'FAILED'), ('RECONCILED', 'ACCEPTED')))
      or (old.status in ('RECONCILED', 'ACCEPTED') and (new.kind, new.period_from, new.period_to, new.rows, new.amount, new.fee)
        is distinct from (old.kind, old.period_from, old.period_to, old.rows, old.amount, old.fee))
      or (old.accepted_at is not null and (new.accepted_at, new.accepted_by)
        is distinct from (old.accepted_at, old.accepted_by))
    then
      raise exception 'registry %: what it said stays', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger registries_guard before update on registries for each row execute function registries_guard();

  -- A row stays as it was read; which payment it is about may be found out later, and then stays too.
  create function registry_rows_guard() returns trigger language plpgsql set search_path from current as $$
  begin
    if (new.registry_id, new.row, new.type, new.kaspi_operation_id, new.mpp_payment_id, new.confirmed, new.at, new.method,
        new.customer_id, new.amount, new.fee, new.rate, new.mcc)
      is distinct from (old.registry_id, old.row, old.type, old.kaspi_operation_id, old.mpp_payment_id, old.confirmed,
        old.at, old.method, old.customer_id, old.amount, old.fee, old.rate, old.mcc)
      or (old.payment_id is not null and new.payment_id is distinct from old.payment_id)
      or (old.refund is not null and new.refund is distinct from old.refund)
    then
      raise exception 'row % of registry %: what it said stays', old.row, old.registry_id
        using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger registry_rows_guard before update on registry_rows for each row execute function registry_rows_guard();

  create trigger registries_keep before delete on registries for each row execute function platform_refuse();
  create trigger registry_files_keep before update or delete on registry_files for each row execute function platform_refuse();
  create trigger registry_rows_keep before delete on registry_rows for each row execute function platform_refuse();
  create trigger registry_row_errors_keep before update or delete on registry_row_errors
    for each row execute function platform_refuse();
  create trigger registry_discrepancies_keep before delete on registry_discrepancies
    for each row execute function platform_refuse();
  create trigger registry_discrepancy_history_keep before update or delete on registry_discrepancy_history
    for each row execute function platform_refuse();
  alter table registries enable always trigger registries_guard;
  alter table registry_rows enable always trigger registry_rows_guard;
  alter table registries enable always trigger registries_keep;
  alter table registry_files enable always trigger registry_files_keep;
  alter table registry_rows enable always trigger registry_rows_keep;
  alter table registry_row_errors enable always trigger registry_row_errors_keep;
  alter table registry_discrepancies enable always trigger registry_discrepancies_keep;
  alter table registry_discrepancy_history enable always trigger registry_discrepancy_history_keep;
`;
