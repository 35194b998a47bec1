-- What the entries of a payment leave owed to Kaspi, in tiyn; a corrected difference does not count.
-- Called by the views qr_payments_owed and registry_owed, and before a difference is booked.
create or replace function ledger_owed_to_kaspi(p_reference text) returns bigint language sql stable as $$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'PAYABLE_TO_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('IN_TRANSIT', 'PAYABLE_TO_KASPI'),
      ('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'))
$$;
