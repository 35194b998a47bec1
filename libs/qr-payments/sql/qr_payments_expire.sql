-- Expires up to p_limit payments whose last moment is over, the longest overdue first, and returns their ids. Skips payments that another
-- transaction has locked.
-- Called by the expiry.
create or replace function qr_payments_expire(p_now timestamptz, p_limit int) returns setof uuid language plpgsql as $$
begin
  return query
    with due as (
      select p.id from qr_payments p where p.expires_at < p_now order by p.expires_at limit p_limit for update skip locked),
    expired as (
      update qr_payments p set status = 'EXPIRED', version = p.version + 1, updated_at = p_now, expires_at = null,
        failure_code = 'CONFIRMED_TOO_LATE'
      from due where p.id = due.id
      returning p.id, p.version),
    history as (
      insert into qr_payment_history (payment_id, version, status, reason, at)
      select e.id, e.version, 'EXPIRED', 'CONFIRMED_TOO_LATE', p_now from expired e)
    select e.id from expired e;
end $$;
