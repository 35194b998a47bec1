-- Records a debit or a credit before it is requested from the core, and opens the mirror account if there is none.
-- Called by qr_payments_request_debit and by core-banking for credits, in the caller's transaction.
-- Raises unique_violation on core_operations_one_debit or core_operations_one_credit.
create or replace function core_operation_request(
  p_id uuid, p_kind text, p_subject uuid, p_customer text, p_account uuid, p_core_account text, p_account_name text,
  p_amount bigint, p_reference text, p_description text, p_at timestamptz
) returns void language plpgsql as $$
begin
  perform platform_durable_commit();
  perform ledger_mirror_account(p_account, p_customer, p_core_account, p_account_name, p_at);
  insert into core_operations (id, kind, subject, customer_id, account_id, core_account, amount, reference, description,
    requested_at, ordinal)
  values (p_id, p_kind, p_subject, p_customer, p_account, p_core_account, p_amount, p_reference, p_description, p_at,
    case when p_kind = 'DEBIT' then 0 else (select count(*) from core_operations where subject = p_subject and kind = p_kind) end);
end $$;
