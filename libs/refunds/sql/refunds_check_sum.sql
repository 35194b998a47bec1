-- At the commit, a refund belongs to its payment (purchase, customer, and account if it has one), and the refunded amount equals the sum of refunds.
-- Deferred trigger. Raises refunds_agree_with_payment, refunds_of_their_payment.
create or replace function refunds_check_sum() returns trigger language plpgsql
set search_path from current as $$
begin
  perform refunds_agree(new.payment_id);
  if not exists (select 1 from qr_payments p where p.id = new.payment_id and p.customer_id = new.customer_id
      and p.kaspi_payment_id = new.kaspi_payment_id and coalesce(p.account_id, new.account_id) = new.account_id) then
    raise exception 'refund % does not belong to its payment', new.refund_id
      using errcode = 'check_violation', constraint = 'refunds_of_their_payment';
  end if;
  return null;
end $$;

drop trigger if exists refunds_sum on refunds;
create constraint trigger refunds_sum after insert on refunds deferrable initially deferred
  for each row when (new.status <> 'REFUSED') execute function refunds_check_sum();
alter table refunds enable always trigger refunds_sum;
-- A refusal that was decided again.
drop trigger if exists refunds_sum_of_accepted on refunds;
create constraint trigger refunds_sum_of_accepted after update on refunds deferrable initially deferred
  for each row when (old.status = 'REFUSED' and new.status <> 'REFUSED') execute function refunds_check_sum();
alter table refunds enable always trigger refunds_sum_of_accepted;
