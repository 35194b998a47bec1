-- Whether two accounts belong to one customer and are kept in the same place: both in the own ledger, or both at the bank's core.
-- Called by ledger_apply_entry.
create or replace function ledger_of_same_customer(p_one uuid, p_other uuid) returns boolean language sql stable as $$
  select exists (select 1 from ledger_accounts a join ledger_accounts b on (b.customer_id, b.kind) = (a.customer_id, a.kind)
    where a.id = p_one and b.id = p_other)
$$;
