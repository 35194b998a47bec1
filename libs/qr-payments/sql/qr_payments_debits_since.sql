-- Sum (tiyn) and number of a customer's debits since a moment that were not reversed; a debit that was requested from a core counts from
-- the request.
-- Called by qr_payments_check_daily and the limits.
create or replace function qr_payments_debits_since(p_customer text, p_since timestamptz)
returns table (total bigint, number bigint) language sql stable as $$
  select coalesce(sum(amount), 0)::bigint, count(*) from qr_payments
  where customer_id = p_customer and status <> 'REVERSED'
    and (debit_requested_at >= p_since or (debited_at >= p_since and debit_requested_at is null))
$$;
