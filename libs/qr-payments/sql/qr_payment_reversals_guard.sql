-- What is owed never changes, and a reversal only moves forward: owed, in suspense, credited.
-- Trigger. Raises restrict_violation.
create or replace function qr_payment_reversals_guard() returns trigger language plpgsql
set search_path from current as $$
begin
  if (new.payment_id, new.customer_id, new.amount, new.account_id, new.credit_by, new.created_at)
      is distinct from (old.payment_id, old.customer_id, old.amount, old.account_id, old.credit_by, old.created_at)
    or (old.suspended_at is not null and new.suspended_at is distinct from old.suspended_at)
    or (old.credited_at is not null and (new.credited_at, new.credited_account_id, new.suspended_at)
      is distinct from (old.credited_at, old.credited_account_id, old.suspended_at))
  then
    raise exception 'the reversal of payment %: what is owed or given back cannot change', old.payment_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger qr_payment_reversals_guard before update on qr_payment_reversals
  for each row execute function qr_payment_reversals_guard();
alter table qr_payment_reversals enable always trigger qr_payment_reversals_guard;
