import type { QueryRunner } from 'typeorm';
import { READING, SEALING, SEALS } from './1795478400015-ledger-books.seals.js';
import { ForwardMigration } from './forward-migration.js';

/**
 * Fees, mirrors of accounts at the bank's core, corrections, who may be party to which entry, and the seals that show an
 * alteration.
 */
export class LedgerBooks1795478400015 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(JOURNAL);
    await runner.query(APPLY);
    await runner.query(SEALS);
    await runner.query(READING);
    await runner.query(SEALING);
  }
}

const ACCOUNTS = `
  alter table ledger_accounts add column core_account text;

  -- Whose account it is never changes, so its shape is looked at once, when it is opened: a constraint is compiled again by
  -- every statement that moves a balance.
  alter table ledger_accounts
    drop constraint ledger_accounts_kind_check,
    add constraint ledger_accounts_kind_check check (kind in ('CUSTOMER', 'CORE_CUSTOMER', 'FUNDING', 'IN_TRANSIT',
      'PAYABLE_TO_KASPI', 'DIFFERENCES', 'RECEIVABLE_FROM_KASPI', 'REFUNDS_IN_SUSPENSE', 'FEES')),
    drop constraint ledger_accounts_customer,
    drop constraint ledger_accounts_no_overdraft,
    -- An account at the bank's core has its money there: what we know of it is only what we moved.
    add constraint ledger_accounts_no_overdraft check (balance >= 0 or kind = 'CORE_CUSTOMER');

  drop index ledger_accounts_shared;
  create unique index ledger_accounts_shared on ledger_accounts (kind) where kind not in ('CUSTOMER', 'CORE_CUSTOMER');
  create unique index ledger_accounts_mirror on ledger_accounts (customer_id, core_account) where kind = 'CORE_CUSTOMER';

  insert into ledger_accounts (id, kind, name, created_at) values
    ('00000000-0000-7000-8000-000000000007', 'FEES', 'Fees of Kaspi', '2026-01-01Z');

  create or replace function ledger_guard_account() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      if num_nonnulls(new.customer_id, new.balance) <> 2 * (new.kind in ('CUSTOMER', 'CORE_CUSTOMER'))::int then
        raise exception 'an account of a customer, and no other, has a customer and a balance'
          using errcode = 'check_violation', constraint = 'ledger_accounts_customer';
      end if;
      if (new.kind = 'CORE_CUSTOMER') <> (new.core_account is not null) then
        raise exception 'a mirror, and no other, names an account at the bank''s core'
          using errcode = 'check_violation', constraint = 'ledger_accounts_core';
      end if;
      if new.balance <> 0 then
        raise exception 'an account begins with nothing: post an entry' using errcode = 'restrict_violation';
      end if;
      return new;
    end if;
    -- Depth 1 is this trigger alone; a posting reaches it from the journal's trigger, one deeper.
    if new.balance is distinct from old.balance and pg_trigger_depth() < 2 then
      raise exception 'a balance changes by a journal entry only' using errcode = 'restrict_violation';
    end if;
    if (new.id, new.kind, new.customer_id, new.currency, new.core_account)
        is distinct from (old.id, old.kind, old.customer_id, old.currency, old.core_account) then
      raise exception 'whose account it is never changes' using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;

  -- Joins the caller's transaction. Opens the mirror of a customer's account at the bank's core unless there is one, and
  -- returns the mirror's id: p_id, or that of the one that was there.
  create function ledger_mirror_account(p_id uuid, p_customer text, p_core_account text, p_name text, p_at timestamptz)
  returns uuid language plpgsql as $$
  declare
    mirror uuid;
  begin
    insert into ledger_accounts (id, kind, customer_id, core_account, name, balance, created_at)
    values (p_id, 'CORE_CUSTOMER', p_customer, p_core_account, p_name, 0, p_at)
    on conflict do nothing;
    select id into mirror from ledger_accounts
    where kind = 'CORE_CUSTOMER' and customer_id = p_customer and core_account = p_core_account;
    if mirror is null then
      raise exception 'account % is another one''s', p_id using errcode = 'unique_violation';
    end if;
    return mirror;
  end $$;
`;

const JOURNAL = `
  -- Who may be party to an entry is said by the trigger below, once for all purposes: constraints and further triggers of the
  -- journal are compiled again by every statement that posts.
  alter table ledger_entries
    add column corrects bigint,   -- a correction: the entry that it takes back
    add column reason text,
    add column operator text,
    drop constraint ledger_entries_purpose_check,
    add constraint ledger_entries_purpose_check check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL',
      'DIFFERENCE', 'REFUND', 'REFUND_RELEASE', 'FEE', 'CORRECTION')),
    drop constraint ledger_entries_difference_parties,
    drop constraint ledger_entries_refund_parties,
    drop constraint ledger_entries_release_parties;
  drop trigger ledger_entries_guard_release on ledger_entries;
  drop function ledger_guard_release;

  -- One index for what is rare: each index costs every payment. A fee and a difference are booked once for what they are
  -- about; an entry is corrected once.
  drop index ledger_entries_one_difference;
  create unique index ledger_entries_once on ledger_entries (purpose, (coalesce(corrects::text, reference)))
    where purpose in ('DIFFERENCE', 'FEE', 'CORRECTION');
`;

const APPLY = `
  -- Moves the balances, and sees to it that an entry is between the accounts that its purpose is about. What ends a payment
  -- has the payment's amount, and gives back to whom it was taken from; what leaves suspense was put there by the same
  -- refund. A correction is the mirror image of its entry; entries that follow a payment or a refund have none, for theirs
  -- have to go on agreeing with the books.
  create or replace function ledger_apply_entry() returns trigger language plpgsql as $$
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
            and c.purpose in ('DEPOSIT', 'FEE', 'DIFFERENCE', 'CORRECTION'));
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
