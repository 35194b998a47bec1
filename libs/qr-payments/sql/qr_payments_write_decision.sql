-- Writes the decision about a payment that is not debited: status and history; the notify and, if this process sends it at once, the record
-- of its first attempt (R9); the debit. All or nothing: returns false if the payment changed since it was read.
-- Called by confirm and cancel. The money path: one statement, see docs/decisions/0007-one-statement-on-the-money-path.md.
-- Raises qr_payments_one_result if another payment of the purchase has a result (R38), ledger_accounts_no_overdraft if the money is spent,
-- qr_payments_account_usable if the account is not open, and qr_payments_daily_limit. Limits that are off are null.
create or replace function qr_payments_write_decision(
  p_id uuid, p_version int, p_from text, p_status text, p_at timestamptz, p_amount bigint, p_failure text, p_reason text,
  p_notify_result text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
  p_request_id text, p_request text,
  p_debit_account uuid, p_credit_account uuid,
  p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
) returns boolean language plpgsql as $$
declare
  customer text;
begin
  update qr_payments set
    status = p_status, version = p_version, updated_at = p_at, amount = p_amount, failure_code = p_failure,
    notify_result = p_notify_result, expires_at = null,
    account_id = p_debit_account, debited_at = case when p_debit_account is not null then p_at end
  where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and debit_requested_at is null
    and notify_result is null
  returning customer_id into customer;
  if not found then
    return false;
  end if;
  if p_from <> p_status then
    insert into qr_payment_history (payment_id, version, status, reason, at)
    values (p_id, p_version, p_status, coalesce(p_reason, p_failure), p_at);
  end if;
  if p_notify_result is not null then
    perform outbox_enqueue(p_id => p_message, p_topic => p_topic, p_key => p_id::text, p_payload => p_payload,
      p_next_attempt_at => p_next_attempt_at, p_lease => p_lease, p_deadline => null, p_at => p_at);
    if p_lease is not null then
      perform kaspi_call_begin(p_request_id, 1, 'notifyPayment', p_id, p_request, p_at);
    end if;
  end if;
  if p_debit_account is not null then
    if not exists (select 1 from ledger_paying_account(customer, p_debit_account)) then
      raise exception 'payment %: the account cannot be used', p_id
        using errcode = 'check_violation', constraint = 'qr_payments_account_usable';
    end if;
    if p_daily_sum is not null or p_daily_count is not null then
      perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
    end if;
    perform ledger_post('PAYMENT', p_id::text, p_debit_account, p_credit_account, p_amount, p_at);
  end if;
  return true;
end $$;
