-- Checks the daily limits of a customer; null means no limit. Serialises the customer's debits, so that each counts the earlier ones.
-- Called by qr_payments_write_decision and qr_payments_request_debit.
-- Raises qr_payments_daily_limit.
create or replace function qr_payments_check_daily(
  p_id uuid, p_customer text, p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
) returns void language plpgsql as $$
declare
  debits record;
begin
  if p_daily_sum is null and p_daily_count is null then
    return;
  end if;
  -- One debit of a customer at a time: each sees those before it, this one included.
  perform pg_advisory_xact_lock(65100119, hashtext(p_customer));
  select * into debits from qr_payments_debits_since(p_customer, p_day_begins);
  if debits.total > p_daily_sum or debits.number > p_daily_count then
    raise exception 'payment %: the customer''s daily limit is exceeded', p_id
      using errcode = 'check_violation', constraint = 'qr_payments_daily_limit';
  end if;
end $$;
