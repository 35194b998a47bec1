-- What never changes back: the debit; that a debit was requested from a core, unless the core refused; the result for the PS (R35); the
-- values of the form once the PS may have priced them (R37); a final status and what settled the payment.
-- Trigger. Raises restrict_violation.
create or replace function qr_payments_guard() returns trigger language plpgsql
set search_path from current as $$
begin
  if (new.id, new.kaspi_payment_id, new.customer_id, new.qr_code_type)
      is distinct from (old.id, old.kaspi_payment_id, old.customer_id, old.qr_code_type)
    or (coalesce(old.debited_at, old.debit_requested_at) is not null and (new.amount, new.account_id)
      is distinct from (old.amount, old.account_id))
    or (old.debited_at is not null and new.debited_at is distinct from old.debited_at)
    or (old.debit_requested_at is not null and new.debit_requested_at is distinct from old.debit_requested_at
      and (new.debit_requested_at is not null or old.status <> 'DEBITING' or new.status <> 'DECLINED'))
    or (old.notify_result is not null and new.notify_result is distinct from old.notify_result)
    or (old.form_values is not null and (new.form_values::text, new.service::text)
      is distinct from (old.form_values::text, old.service::text))
    or (old.contradicted_at is not null and (new.contradicted_at, new.contradicted_by)
      is distinct from (old.contradicted_at, old.contradicted_by))
    or (old.status in ('CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED') and new.status <> old.status)
    or (old.settled_by is not null and new.settled_by is distinct from old.settled_by)
    or (old.status = 'IN_DOUBT' and new.status = 'PROCESSING')
    or (old.status = 'REVERSING' and new.status not in ('REVERSING', 'REVERSED'))
    or new.version < old.version
  then
    raise exception 'payment %: what is settled cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger qr_payments_guard before update on qr_payments
  for each row execute function qr_payments_guard();
alter table qr_payments enable always trigger qr_payments_guard;
