import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** What we owe Kaspi for each day, and that it was paid: refunds taken off, and the rest through the bank. */
export class LedgerPayouts1795478400022 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(APPLY);
    await runner.query(OWED);
    await runner.query(SETTLEMENTS);
  }
}

const ACCOUNTS = `
  alter table ledger_accounts
    drop constraint ledger_accounts_kind_check,
    add constraint ledger_accounts_kind_check check (kind in ('CUSTOMER', 'CORE_CUSTOMER', 'FUNDING', 'IN_TRANSIT',
      'PAYABLE_TO_KASPI', 'DIFFERENCES', 'RECEIVABLE_FROM_KASPI', 'REFUNDS_IN_SUSPENSE', 'FEES', 'BANK'));
  insert into ledger_accounts (id, kind, name, created_at) values
    ('00000000-0000-7000-8000-000000000008', 'BANK', 'Bank', '2026-01-01Z');

  alter table ledger_entries
    drop constraint ledger_entries_purpose_check,
    add constraint ledger_entries_purpose_check check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL',
      'DIFFERENCE', 'REFUND', 'REFUND_RELEASE', 'FEE', 'NETTING', 'PAYOUT', 'CORRECTION'));

  -- A payment of the bank's is booked once, and takes refunds off once.
  drop index ledger_entries_once;
  create unique index ledger_entries_once on ledger_entries (purpose, (coalesce(corrects::text, reference)))
    where purpose in ('DIFFERENCE', 'FEE', 'NETTING', 'PAYOUT', 'CORRECTION');
`;

const APPLY = `
  -- Moves the balances, and sees to it that an entry is between the accounts that its purpose is about. What ends a payment
  -- has the payment's amount, and gives back to whom it was taken from; what leaves suspense was put there by the same
  -- refund. A correction is the mirror image of its entry; entries that follow a payment or a refund have none, for theirs
  -- have to go on agreeing with the books.
  create or replace function ledger_apply_entry() returns trigger language plpgsql
  security definer set search_path from current as $$
  declare
    debited text;
    credited text;
    lawful boolean;
    refused text;
  begin
    select kind into debited from ledger_accounts where id = new.debit_account_id;
    select kind into credited from ledger_accounts where id = new.credit_account_id;
    if debited is null or credited is null then
      raise exception 'an entry needs two accounts of the ledger' using errcode = 'foreign_key_violation';
    end if;
    if not isfinite(new.booked_at) or (new.purpose = 'CORRECTION') <> (num_nonnulls(new.corrects, new.reason, new.operator) = 3)
        or new.purpose <> 'CORRECTION' and num_nonnulls(new.corrects, new.reason, new.operator) > 0
        or new.reason = '' or new.operator = '' then
      raise exception 'a correction, and no other entry, says what it corrects, why and by whom; and each says when'
        using errcode = 'check_violation', constraint = 'ledger_entries_explained';
    end if;
    case new.purpose
      when 'PAYMENT' then
        lawful := debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'IN_TRANSIT';
      when 'SETTLEMENT' then
        lawful := debited = 'IN_TRANSIT' and credited = 'PAYABLE_TO_KASPI' and exists (
          select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount);
      when 'REVERSAL' then
        lawful := debited = 'IN_TRANSIT' and exists (
          select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount
            and p.debit_account_id = new.credit_account_id);
      when 'DEPOSIT' then
        lawful := debited = 'FUNDING' and credited = 'CUSTOMER';
      when 'DIFFERENCE' then
        lawful := (debited, credited) in (('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'));
      when 'FEE' then
        lawful := (debited, credited) in (('FEES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'FEES'));
      when 'NETTING' then
        lawful := debited = 'PAYABLE_TO_KASPI' and credited = 'RECEIVABLE_FROM_KASPI';
      when 'PAYOUT' then
        lawful := (debited, credited) in (('PAYABLE_TO_KASPI', 'BANK'), ('BANK', 'PAYABLE_TO_KASPI'));
      when 'REFUND' then
        lawful := debited = 'RECEIVABLE_FROM_KASPI'
          and credited in ('CUSTOMER', 'CORE_CUSTOMER', 'REFUNDS_IN_SUSPENSE', 'DIFFERENCES');
      when 'REFUND_RELEASE' then
        lawful := debited = 'REFUNDS_IN_SUSPENSE' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
        if lawful then
          refused := 'ledger_entries_release_of_suspense';
          lawful := exists (
            select 1 from ledger_entries r where r.purpose = 'REFUND' and r.reference = new.reference and r.amount = new.amount
              and r.credit_account_id = new.debit_account_id);
        end if;
      when 'CORRECTION' then
        lawful := exists (
          select 1 from ledger_entries c where c.id = new.corrects and c.reference = new.reference and c.amount = new.amount
            and c.debit_account_id = new.credit_account_id and c.credit_account_id = new.debit_account_id
            and c.purpose in ('DEPOSIT', 'FEE', 'DIFFERENCE', 'NETTING', 'PAYOUT', 'CORRECTION'));
    end case;
    if not lawful then
      raise exception 'a % of this amount cannot be posted between these accounts', new.purpose
        using errcode = 'check_violation',
          constraint = coalesce(refused, format('ledger_entries_%s_parties', replace(lower(new.purpose), 'refund_', '')));
    end if;
    if debited in ('CUSTOMER', 'CORE_CUSTOMER') then
      update ledger_accounts set balance = balance - new.amount where id = new.debit_account_id;
    end if;
    if credited in ('CUSTOMER', 'CORE_CUSTOMER') then
      update ledger_accounts set balance = balance + new.amount where id = new.credit_account_id;
    end if;
    return null;
  end $$;
`;

const OWED = `
  -- What entries about a payment leave owed to Kaspi: a difference that was booked and taken back counts as it came out.
  create function ledger_owed_to_kaspi(p_reference text) returns bigint language sql stable as $$
    select coalesce(sum(case when ledger_kind(credit_account_id) = 'PAYABLE_TO_KASPI' then amount else -amount end), 0)::bigint
    from ledger_entries
    where reference = p_reference
      and (ledger_kind(debit_account_id), ledger_kind(credit_account_id)) in (('IN_TRANSIT', 'PAYABLE_TO_KASPI'),
        ('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'))
  $$;

  -- What a payment of the bank's paid Kaspi; below zero where Kaspi paid us. Nothing where it was taken back.
  create function ledger_paid_to_kaspi(p_reference text) returns bigint language sql stable as $$
    select coalesce(sum(case when ledger_kind(credit_account_id) = 'BANK' then amount else -amount end), 0)::bigint
    from ledger_entries
    where reference = p_reference and 'BANK' in (ledger_kind(debit_account_id), ledger_kind(credit_account_id))
  $$;

  -- The fee that stands in the journal for a registry: nothing where accounting took it back.
  create function ledger_fee_of(p_reference text) returns bigint language sql stable as $$
    select coalesce(sum(case when ledger_kind(debit_account_id) = 'FEES' then amount else -amount end), 0)::bigint
    from ledger_entries
    where reference = p_reference and 'FEES' in (ledger_kind(debit_account_id), ledger_kind(credit_account_id))
  $$;

  -- And which refunds were taken off with it.
  create function ledger_netted_with_kaspi(p_reference text) returns bigint language sql stable as $$
    select coalesce(sum(case when ledger_kind(credit_account_id) = 'RECEIVABLE_FROM_KASPI' then amount else -amount end), 0)::bigint
    from ledger_entries
    where reference = p_reference
      and (ledger_kind(debit_account_id), ledger_kind(credit_account_id)) in (('PAYABLE_TO_KASPI', 'RECEIVABLE_FROM_KASPI'),
        ('RECEIVABLE_FROM_KASPI', 'PAYABLE_TO_KASPI'))
  $$;

  -- What is bought, by the books. Where Kaspi said otherwise than we had settled (R36), what was booked of it counts and
  -- not the status: a payment that we gave back and that Kaspi has all the same is owed.
  create view qr_payments_owed as
    select id, customer_id, mcc, at, amount, kaspi_operation_id from (
      select p.id, p.customer_id, p.merchant_mcc as mcc, p.debited_at as at, r.kaspi_operation_id,
        case when p.contradicted_at is not null then ledger_owed_to_kaspi(p.id::text)
          when p.status = 'CONFIRMED' then p.amount else 0 end as amount
      from qr_payments p left join receipts r on r.payment_id = p.id) p
    where amount > 0;
`;

const SETTLEMENTS = `
  -- What was paid for which day. The journal has the money, and whether it was taken back.
  create table registry_settlements (
    id uuid primary key,
    day date not null,            -- by the calendar of Almaty
    reference text not null check (reference <> ''),   -- the bank's, under which the journal has it too
    amount bigint not null,       -- below zero: Kaspi paid us
    netted bigint not null check (netted >= 0),        -- refunds of the day that were taken off
    settled_by text not null,
    settled_at timestamptz not null,
    constraint registry_settlements_reference unique (reference),
    constraint registry_settlements_of_something check (amount <> 0 or netted > 0)
  );
  create index registry_settlements_day on registry_settlements (day);

  -- At the commit the journal has what it says.
  create function registry_settlements_check() returns trigger language plpgsql set search_path from current as $$
  begin
    if (ledger_paid_to_kaspi(new.reference), ledger_netted_with_kaspi(new.reference)) is distinct from (new.amount, new.netted) then
      raise exception 'settlement % is not in the journal', new.reference
        using errcode = 'check_violation', constraint = 'registry_settlements_in_journal';
    end if;
    return null;
  end $$;
  create constraint trigger registry_settlements_journal after insert on registry_settlements
    deferrable initially deferred for each row execute function registry_settlements_check();
  create trigger registry_settlements_keep before update or delete on registry_settlements
    for each row execute function platform_refuse();
  create trigger registry_settlements_keep_all before truncate on registry_settlements execute function platform_refuse();
  alter table registry_settlements enable always trigger registry_settlements_journal;
  alter table registry_settlements enable always trigger registry_settlements_keep;
  alter table registry_settlements enable always trigger registry_settlements_keep_all;
`;
