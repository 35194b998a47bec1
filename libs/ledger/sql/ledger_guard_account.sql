-- A new account has the columns of its kind and no balance; its owner never changes, and a balance changes only by a journal entry.
-- Trigger. Raises ledger_accounts_customer, ledger_accounts_core, restrict_violation.
create or replace function ledger_guard_account() returns trigger language plpgsql
set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.customer_id, new.balance) <> 2 * (new.kind in ('CUSTOMER', 'CORE_CUSTOMER'))::int then
      raise exception 'an account has a customer and a balance if and only if it is of kind CUSTOMER or CORE_CUSTOMER'
        using errcode = 'check_violation', constraint = 'ledger_accounts_customer';
    end if;
    if (new.kind = 'CORE_CUSTOMER') <> (new.core_account is not null) then
      raise exception 'an account names an account at the bank''s core if and only if it is of kind CORE_CUSTOMER'
        using errcode = 'check_violation', constraint = 'ledger_accounts_core';
    end if;
    if new.balance <> 0 then
      raise exception 'a new account has no balance: post an entry' using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  -- Depth 1 is this trigger alone; a posting reaches it from the journal's trigger, one deeper.
  if new.balance is distinct from old.balance and pg_trigger_depth() < 2 then
    raise exception 'a balance changes only by a journal entry' using errcode = 'restrict_violation';
  end if;
  if (new.id, new.kind, new.customer_id, new.currency, new.core_account)
      is distinct from (old.id, old.kind, old.customer_id, old.currency, old.core_account) then
    raise exception 'the owner of an account cannot change' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger ledger_accounts_guard before insert or update on ledger_accounts
  for each row execute function ledger_guard_account();
alter table ledger_accounts enable always trigger ledger_accounts_guard;
