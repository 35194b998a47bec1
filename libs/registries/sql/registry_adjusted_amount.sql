-- What the journal has as owed for an adjusted operation, in tiyn: 0 if Kaspi does not have it.
-- Called by registry_owed, the discrepancies and registry_check_entry.
create or replace function registry_adjusted_amount(a registry_adjustments) returns bigint language sql stable as $$
  select case a.type when 'PURCHASE' then ledger_owed_to_kaspi(a.id::text)
    else ledger_refund_difference(a.id::text) + coalesce((select f.amount from refunds_to_reconcile f where f.id = a.id), 0) end
$$;
