-- Records a reversal of a debit before it is requested from the core, and opens the mirror account if there is none.
-- Called by core-banking, in the caller's transaction.
-- Raises unique_violation on core_operations_one_reversal if another reversal of the debit was or may have been executed, and
-- core_operations_reversal_of_debit.
create or replace function core_operation_request_reversal(
  p_id uuid, p_subject uuid, p_customer text, p_account uuid, p_core_account text, p_account_name text, p_amount bigint,
  p_reference text, p_description text, p_at timestamptz, p_debit uuid, p_due timestamptz
) returns void language plpgsql as $$
begin
  perform ledger_mirror_account(p_account, p_customer, p_core_account, p_account_name, p_at);
  insert into core_operations (id, kind, subject, debit_id, customer_id, account_id, core_account, amount, reference,
    description, requested_at, due_at, ordinal)
  values (p_id, 'REVERSAL', p_subject, p_debit, p_customer, p_account, p_core_account, p_amount, p_reference, p_description,
    p_at, p_due, (select count(*) from core_operations where subject = p_subject and kind = 'REVERSAL'));
end $$;
