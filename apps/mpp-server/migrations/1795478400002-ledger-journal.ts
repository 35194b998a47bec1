import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class LedgerJournal1795478400002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(JOURNAL);
    await runner.query(FUNCTIONS);
  }
}

const ACCOUNTS = `
  -- Amounts are tiyn. A customer's balance is what we owe the customer. Shared accounts have no balance column: every
  -- payment would have to update it. They are summed from the journal.
  create table ledger_accounts (
    id uuid primary key,
    kind text not null check (kind in ('CUSTOMER', 'FUNDING', 'IN_TRANSIT', 'PAYABLE_TO_KASPI')),
    customer_id text,
    name text not null,
    currency text not null default 'KZT' check (currency = 'KZT'),
    status text not null default 'OPEN' check (status in ('OPEN', 'BLOCKED', 'CLOSED')),
    balance bigint,
    created_at timestamptz not null,
    constraint ledger_accounts_customer check ((kind = 'CUSTOMER') = (customer_id is not null and balance is not null)),
    constraint ledger_accounts_no_overdraft check (balance >= 0)
  ) with (fillfactor = 80);
  create unique index ledger_accounts_shared on ledger_accounts (kind) where kind <> 'CUSTOMER';
  create index ledger_accounts_by_age on ledger_accounts (created_at, id);
  create index ledger_accounts_of_customer on ledger_accounts (customer_id, created_at, id) where kind = 'CUSTOMER';

  insert into ledger_accounts (id, kind, name, created_at) values
    ('00000000-0000-7000-8000-000000000001', 'FUNDING', 'Funding', '2026-01-01Z'),
    ('00000000-0000-7000-8000-000000000002', 'IN_TRANSIT', 'In transit', '2026-01-01Z'),
    ('00000000-0000-7000-8000-000000000003', 'PAYABLE_TO_KASPI', 'Payable to Kaspi', '2026-01-01Z');

  create function ledger_guard_account() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      if new.balance <> 0 then
        raise exception 'an account begins with nothing: post an entry' using errcode = 'restrict_violation';
      end if;
      return new;
    end if;
    -- Depth 1 is this trigger alone; a posting reaches it from the journal's trigger, one deeper.
    if new.balance is distinct from old.balance and pg_trigger_depth() < 2 then
      raise exception 'a balance changes by a journal entry only' using errcode = 'restrict_violation';
    end if;
    if (new.id, new.kind, new.customer_id, new.currency) is distinct from (old.id, old.kind, old.customer_id, old.currency) then
      raise exception 'whose account it is never changes' using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger ledger_accounts_guard before insert or update on ledger_accounts
    for each row execute function ledger_guard_account();
  create trigger ledger_accounts_keep before delete on ledger_accounts for each row execute function platform_refuse();
  create trigger ledger_accounts_keep_all before truncate on ledger_accounts execute function platform_refuse();
  alter table ledger_accounts enable always trigger ledger_accounts_guard;
  alter table ledger_accounts enable always trigger ledger_accounts_keep;
  alter table ledger_accounts enable always trigger ledger_accounts_keep_all;
`;

const JOURNAL = `
  -- An entry debits one account and credits another with the same amount, in one row: an unbalanced one cannot be
  -- written down. No foreign keys: their check locks the referenced row, and shared accounts would be hot. The trigger
  -- below finds both accounts or refuses.
  create table ledger_entries (
    id bigint generated always as identity primary key,
    purpose text not null check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL')),
    reference text not null check (reference <> ''),
    debit_account_id uuid not null,
    credit_account_id uuid not null check (credit_account_id <> debit_account_id),
    amount bigint not null check (amount > 0),
    booked_at timestamptz not null
  );
  -- A payment is debited once, and its money in transit goes one way, once: to Kaspi or back to the customer. A deposit's
  -- reference is unique on the account.
  create unique index ledger_entries_one_payment on ledger_entries (reference) where purpose = 'PAYMENT';
  create unique index ledger_entries_one_end on ledger_entries (reference) where purpose in ('SETTLEMENT', 'REVERSAL');
  create unique index ledger_entries_deposit_once on ledger_entries (credit_account_id, reference) where purpose = 'DEPOSIT';
  create index ledger_entries_reference on ledger_entries (reference);
  create index ledger_entries_debit on ledger_entries (debit_account_id, id);
  create index ledger_entries_credit on ledger_entries (credit_account_id, id);

  create function ledger_apply_entry() returns trigger language plpgsql as $$
  declare
    debited text;
    credited text;
  begin
    select kind into debited from ledger_accounts where id = new.debit_account_id;
    select kind into credited from ledger_accounts where id = new.credit_account_id;
    if debited is null or credited is null then
      raise exception 'an entry needs two accounts of the ledger' using errcode = 'foreign_key_violation';
    end if;
    if debited = 'CUSTOMER' then
      update ledger_accounts set balance = balance - new.amount where id = new.debit_account_id;
    end if;
    if credited = 'CUSTOMER' then
      update ledger_accounts set balance = balance + new.amount where id = new.credit_account_id;
    end if;
    return null;
  end $$;
  -- After the row is there: one that 'on conflict do nothing' drops must not move a balance.
  create trigger ledger_entries_apply after insert on ledger_entries for each row execute function ledger_apply_entry();
  create trigger ledger_entries_keep before update or delete on ledger_entries for each row execute function platform_refuse();
  create trigger ledger_entries_keep_all before truncate on ledger_entries execute function platform_refuse();
  alter table ledger_entries enable always trigger ledger_entries_apply;
  alter table ledger_entries enable always trigger ledger_entries_keep;
  alter table ledger_entries enable always trigger ledger_entries_keep_all;
`;

const FUNCTIONS = `
  -- Joins the caller's transaction. Fails on ledger_accounts_no_overdraft where the customer has too little, and on
  -- ledger_entries_one_payment or _one_end where the payment was debited, or has ended, before.
  create function ledger_post(
    p_purpose text, p_reference text, p_debit uuid, p_credit uuid, p_amount bigint, p_at timestamptz
  ) returns bigint language plpgsql as $$
  declare
    entry bigint;
  begin
    insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
    values (p_purpose, p_reference, p_debit, p_credit, p_amount, p_at)
    returning id into entry;
    return entry;
  end $$;

  -- The account that a customer pays from: the one asked for, else the oldest that is open. No row where it is not
  -- theirs or cannot be used.
  create function ledger_paying_account(p_customer text, p_account uuid)
  returns table (account_id uuid, account_balance bigint) language sql stable as $$
    select id, balance from ledger_accounts
    where kind = 'CUSTOMER' and customer_id = p_customer and status = 'OPEN' and (p_account is null or id = p_account)
    order by created_at, id limit 1
  $$;
`;
