-- Writes that a debit will be requested from the core: status and history, the operation, and its outbox message. All or nothing: returns
-- false if the payment changed since it was read.
-- Called by confirm with an external core. Commits as one statement.
-- Raises qr_payments_one_result if another payment of the purchase has a result (R38), and qr_payments_daily_limit.
create or replace function qr_payments_request_debit(
  p_id uuid, p_version int, p_from text, p_at timestamptz, p_amount bigint,
  p_account uuid, p_core_account text, p_account_name text, p_operation uuid, p_description text,
  p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
  p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
) returns boolean language plpgsql as $$
declare
  customer text;
begin
  update qr_payments set
    status = 'DEBITING', version = p_version, updated_at = p_at, amount = p_amount, expires_at = null,
    account_id = p_account, debit_requested_at = p_at
  where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and notify_result is null
  returning customer_id into customer;
  if not found then
    return false;
  end if;
  perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
  insert into qr_payment_history (payment_id, version, status, at) values (p_id, p_version, 'DEBITING', p_at);
  perform core_operation_request(p_id => p_operation, p_kind => 'DEBIT', p_subject => p_id,
    p_customer => customer, p_account => p_account, p_core_account => p_core_account, p_account_name => p_account_name,
    p_amount => p_amount, p_reference => p_id::text, p_description => p_description, p_at => p_at);
  perform outbox_enqueue(p_id => p_message, p_topic => p_topic, p_key => p_id::text,
    p_payload => p_payload, p_next_attempt_at => p_next_attempt_at, p_lease => p_lease, p_deadline => null, p_at => p_at);
  return true;
end $$;
