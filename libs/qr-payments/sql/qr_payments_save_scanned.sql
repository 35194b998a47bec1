-- Saves the answer to a scan: a new payment, or the customer's existing one of the purchase (R33). While that one waits as after its
-- scan, it takes amount, deadline, merchant and form from the answer; a form that may have been sent stays (R37), and values that the answer
-- lacks stay (R8). Afterwards only a missing merchant is filled in. The answer counts for the other customers of the purchase, too (R43).
-- Called by scan. Commits as one statement.
create or replace function qr_payments_save_scanned(
  p_id uuid, p_purchase text, p_customer text, p_type text, p_status text, p_amount bigint, p_confirm_until timestamptz,
  p_expires_at timestamptz, p_merchant_id text, p_merchant_name text, p_merchant_mcc text, p_service json, p_at timestamptz
) returns table (payment qr_payments, created boolean) language plpgsql as $$
declare
  saved qr_payments;
begin
  perform pg_advisory_xact_lock(65100120, hashtext(p_purchase));
  select * into saved from qr_payments where kaspi_payment_id = p_purchase and customer_id = p_customer for update;
  created := not found;
  if created then
    insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
      merchant_id, merchant_name, merchant_mcc, expires_at, service, created_at, updated_at)
    values (p_id, p_purchase, p_customer, p_type, p_status, p_amount, p_confirm_until, p_at,
      p_merchant_id, p_merchant_name, p_merchant_mcc, p_expires_at, p_service, p_at, p_at)
    returning * into saved;
    insert into qr_payment_history (payment_id, version, status, at) values (p_id, saved.version, p_status, p_at);
  elsif (saved.status, saved.qr_code_type) = (p_status, p_type) and saved.answered_at <= p_at then
    update qr_payments set version = version + 1, amount = p_amount, confirm_until = p_confirm_until, answered_at = p_at,
      expires_at = p_expires_at, updated_at = p_at, service = case when form_values is null then p_service else service end,
      merchant_id = coalesce(p_merchant_id, merchant_id), merchant_name = coalesce(p_merchant_name, merchant_name),
      merchant_mcc = coalesce(p_merchant_mcc, merchant_mcc)
    where id = saved.id returning * into saved;
  else
    update qr_payments set merchant_id = coalesce(merchant_id, p_merchant_id),
      merchant_name = coalesce(merchant_name, p_merchant_name), merchant_mcc = coalesce(merchant_mcc, p_merchant_mcc)
    where id = saved.id returning * into saved;
  end if;
  payment := qr_payments_share_answer(saved);
  return next;
end $$;
