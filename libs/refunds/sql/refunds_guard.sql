-- A decision about a refund never changes, and its status only moves forward. Two exceptions: a refusal is decided again, once, after an
-- operator has asked for it (recheck_at), and leaves its refundId to a refund that was taken up; and a refund that was taken up from a registry gets the PS's refundId, once.
-- Trigger. Raises restrict_violation.
create or replace function refunds_guard() returns trigger language plpgsql
set search_path from current as $$
begin
  if old.status = 'REFUSED' and old.recheck_at is not null and new.recheck_at is null
      and (new.id, new.fingerprint) is not distinct from (old.id, old.fingerprint)
      and new.refund_id in (old.refund_id, 'refused:' || old.id) then
    return new;
  end if;
  if old.taken_up_at is not null and old.refund_id = 'registry:' || old.id and new.refund_id <> old.refund_id then
    old.refund_id := new.refund_id;
    old.fingerprint := new.fingerprint;
  end if;
  if (new.id, new.refund_id, new.fingerprint, new.result_code, new.result_message, new.refusal, new.customer_id,
      new.kaspi_payment_id, new.payment_id, new.amount, new.account_id, new.credit_by, new.created_at)
    is distinct from (old.id, old.refund_id, old.fingerprint, old.result_code, old.result_message, old.refusal,
      old.customer_id, old.kaspi_payment_id, old.payment_id, old.amount, old.account_id, old.credit_by, old.created_at)
    or (new.status <> old.status and (old.status, new.status) not in (('ACCEPTED', 'SUSPENDED'),
      ('ACCEPTED', 'CREDITED'), ('SUSPENDED', 'CREDITED')))
    or new.taken_up_at is distinct from old.taken_up_at
    or (old.credited_at is not null and (new.credited_at, new.credited_account_id)
      is distinct from (old.credited_at, old.credited_account_id))
  then
    raise exception 'refund %: a decision cannot change', old.refund_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger refunds_guard before update on refunds for each row execute function refunds_guard();
alter table refunds enable always trigger refunds_guard;
