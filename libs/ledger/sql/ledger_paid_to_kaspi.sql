-- What was paid to Kaspi under a bank reference, in tiyn; negative if Kaspi paid us, 0 if it was corrected.
-- Called by the settlements and by registry_settlements_check.
create or replace function ledger_paid_to_kaspi(p_reference text) returns bigint language sql stable as $$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'BANK' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and 'BANK' in (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id))
$$;
