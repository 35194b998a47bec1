-- Opens the mirror of a customer's account at the bank's core if there is none, and returns its id.
-- Called by core_operation_request, in the caller's transaction.
-- Raises unique_violation if p_id belongs to another account.
create or replace function ledger_mirror_account(p_id uuid, p_customer text, p_core_account text, p_name text, p_at timestamptz)
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
    raise exception 'account % belongs to another customer', p_id using errcode = 'unique_violation';
  end if;
  return mirror;
end $$;
