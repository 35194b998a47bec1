-- By how much settled differences have changed what Kaspi has refunded of a payment, in tiyn: a refund that Kaspi does not have counts as
-- nothing, one that Kaspi has in another amount as that amount.
-- Called by the intake of refunds and by refunds_within_payment.
create or replace function refunds_difference(p_payment uuid) returns bigint language sql stable as $$
  select coalesce(sum(ledger_refund_difference(id::text)), 0)::bigint from refunds
  where payment_id = p_payment and status <> 'REFUSED'
$$;
