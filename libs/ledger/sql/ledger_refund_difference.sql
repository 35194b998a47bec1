-- By how much differences have changed what Kaspi owes for a refund, in tiyn; a corrected difference does not count.
-- Called by the view registry_owed and the discrepancies.
create or replace function ledger_refund_difference(p_reference text) returns bigint language sql stable as $$
  select coalesce(sum(case when ledger_account_kind(debit_account_id) = 'RECEIVABLE_FROM_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and purpose in ('DIFFERENCE', 'CORRECTION')
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('RECEIVABLE_FROM_KASPI', 'DIFFERENCES'),
      ('DIFFERENCES', 'RECEIVABLE_FROM_KASPI'))
$$;
