-- Records an attempt before its first byte is sent (R9).
-- Called by qr_payments_write_decision and by the call log, in the caller's transaction.
create or replace function kaspi_call_begin(
  p_request_id text, p_attempt int, p_method text, p_payment_id uuid, p_request text, p_started_at timestamptz
) returns text language plpgsql as $$
begin
  perform platform_durable_commit();
  insert into kaspi_calls (request_id, attempt, method, payment_id, request, started_at)
  values (p_request_id, p_attempt, p_method, p_payment_id, p_request, p_started_at);
  return p_request_id;
end $$;
