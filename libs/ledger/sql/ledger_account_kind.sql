-- The kind of an account; '?' if it does not exist, which only an entry written without the server can cause.
-- Called by the functions and statements that read the journal.
create or replace function ledger_account_kind(p_account uuid) returns text language sql stable as $$
  select coalesce((select kind from ledger_accounts where id = p_account), '?')
$$;
