-- The fee in the journal for a registry, in tiyn; 0 if accounting corrected it.
-- Called by registries, before another registry of the same days is accepted.
create or replace function ledger_fee_of_registry(p_reference text) returns bigint language sql stable as $$
  select coalesce(sum(case when ledger_account_kind(debit_account_id) = 'FEES' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and 'FEES' in (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id))
$$;
