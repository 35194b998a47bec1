-- Writes the price of a Custom payment, which then waits for its confirm; the price counts for the other customers of the purchase, too
-- (R43). No row if the payment changed since it was read.
-- Called by custom-checkout through qr-payments. Commits as one statement.
create or replace function qr_payments_write_priced(
  p_id uuid, p_version int, p_status text, p_amount bigint, p_confirm_until timestamptz, p_expires_at timestamptz,
  p_merchant_id text, p_merchant_name text, p_merchant_mcc text, p_at timestamptz
) returns setof qr_payments language plpgsql as $$
declare
  saved qr_payments;
begin
  perform pg_advisory_xact_lock(65100120, hashtext(kaspi_payment_id)) from qr_payments where id = p_id;
  update qr_payments set version = p_version, status = p_status, amount = p_amount, confirm_until = p_confirm_until,
    expires_at = p_expires_at, answered_at = p_at, merchant_id = p_merchant_id, merchant_name = p_merchant_name,
    merchant_mcc = p_merchant_mcc, updated_at = p_at
  where id = p_id and version = p_version - 1 and status = 'AWAITING_CHECKOUT'
  returning * into saved;
  if not found then
    return;
  end if;
  insert into qr_payment_history (payment_id, version, status, at) values (p_id, p_version, p_status, p_at);
  return next qr_payments_share_answer(saved);
end $$;
