-- A payment is refunded up to what its customer paid or, if an operator has booked a difference, what Kaspi has of the purchase. A payment
-- without a debit is refunded only if an operator has debited its customer (R40).
-- Trigger on qr_payments. Raises check_violation on refunds_within_payment.
create or replace function refunds_within_payment() returns trigger language plpgsql
set search_path from current as $$
begin
  if new.refunded_amount + refunds_difference(new.id)
      > greatest(case when new.debited_at is not null then new.amount else 0 end, ledger_owed_to_kaspi(new.id::text))
    or new.debited_at is null and ledger_held_from_customer(new.id::text, new.customer_id) <= 0
  then
    raise exception 'payment %: more is refunded than was paid', new.id
      using errcode = 'check_violation', constraint = 'refunds_within_payment';
  end if;
  return new;
end $$;

create or replace trigger refunds_within_payment before update on qr_payments
  for each row when (new.refunded_amount > old.refunded_amount) execute function refunds_within_payment();
alter table qr_payments enable always trigger refunds_within_payment;
