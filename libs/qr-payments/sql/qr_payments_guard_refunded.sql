-- The refunded amount only grows, up to what the customer paid or, if an operator has booked a difference, what Kaspi has. A payment
-- without a debit is refunded only if an operator has debited its customer (R40).
-- Trigger. Raises restrict_violation, and check_violation on qr_payments_refunded.
create or replace function qr_payments_guard_refunded() returns trigger language plpgsql
set search_path from current as $$
begin
  if new.refunded_amount < old.refunded_amount then
    raise exception 'payment %: the refunded amount cannot decrease', old.id using errcode = 'restrict_violation';
  end if;
  if new.refunded_amount > greatest(case when new.debited_at is not null then new.amount else 0 end,
      (select ledger_owed_to_kaspi(new.id::text)))
    or new.debited_at is null and ledger_held_from_customer(new.id::text, new.customer_id) <= 0
  then
    raise exception 'payment %: more is refunded than was paid', old.id
      using errcode = 'check_violation', constraint = 'qr_payments_refunded';
  end if;
  return new;
end $$;

create or replace trigger qr_payments_guard_refunded before update on qr_payments
  for each row when (new.refunded_amount is distinct from old.refunded_amount) execute function qr_payments_guard_refunded();
alter table qr_payments enable always trigger qr_payments_guard_refunded;
