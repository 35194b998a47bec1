-- At the commit, the refunded amount of a payment equals the sum of its refunds.
-- Deferred triggers on qr_payments. Raises refunds_agree_with_payment.
create or replace function refunds_check_payment() returns trigger language plpgsql
set search_path from current as $$
begin
  perform refunds_agree(new.id);
  return null;
end $$;

drop trigger if exists refunds_sum_of_new_payment on qr_payments;
create constraint trigger refunds_sum_of_new_payment after insert on qr_payments deferrable initially deferred
  for each row when (new.refunded_amount > 0) execute function refunds_check_payment();
alter table qr_payments enable always trigger refunds_sum_of_new_payment;
drop trigger if exists refunds_sum_of_payment on qr_payments;
create constraint trigger refunds_sum_of_payment after update on qr_payments deferrable initially deferred
  for each row when (new.refunded_amount is distinct from old.refunded_amount) execute function refunds_check_payment();
alter table qr_payments enable always trigger refunds_sum_of_payment;
