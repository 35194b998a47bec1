-- Refunds that were netted under a bank reference, in tiyn; 0 if that was corrected.
-- Called by the settlements and by registry_settlements_check.
create or replace function ledger_netted_with_kaspi(p_reference text) returns bigint language sql stable as $$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'RECEIVABLE_FROM_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('PAYABLE_TO_KASPI', 'RECEIVABLE_FROM_KASPI'),
      ('RECEIVABLE_FROM_KASPI', 'PAYABLE_TO_KASPI'))
$$;
