-- The refunded amount only grows.
-- Trigger. Raises restrict_violation.
create or replace function qr_payments_guard_refunded() returns trigger language plpgsql
set search_path from current as $$
begin
  raise exception 'payment %: the refunded amount cannot decrease', old.id using errcode = 'restrict_violation';
end $$;

create or replace trigger qr_payments_guard_refunded before update on qr_payments
  for each row when (new.refunded_amount < old.refunded_amount) execute function qr_payments_guard_refunded();
alter table qr_payments enable always trigger qr_payments_guard_refunded;
