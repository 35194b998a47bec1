-- The refunded amount of a payment equals the sum of its refunds.
-- Called by refunds_check_sum and refunds_check_payment. Raises refunds_agree_with_payment.
create or replace function refunds_agree(p_payment uuid) returns void language plpgsql as $$
begin
  if (select refunded_amount from qr_payments where id = p_payment) is distinct from
    (select coalesce(sum(amount), 0)::bigint from refunds where payment_id = p_payment and status <> 'REFUSED') then
    raise exception 'payment %: the refunded amount is not the sum of its refunds', p_payment
      using errcode = 'check_violation', constraint = 'refunds_agree_with_payment';
  end if;
end $$;
