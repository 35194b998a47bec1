-- Posts an entry and returns its id.
-- Called by the ledger and by functions of other libs that post in their own statement, in the caller's transaction.
-- Raises what ledger_apply_entry raises, and unique_violation on ledger_entries_one_payment, _one_end, _one_refund, _one_release,
-- _deposit_once or _once if the entry was posted before.
create or replace function ledger_post(
  p_purpose text, p_reference text, p_debit uuid, p_credit uuid, p_amount bigint, p_at timestamptz
) returns bigint language plpgsql as $$
declare
  entry bigint;
begin
  insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
  values (p_purpose, p_reference, p_debit, p_credit, p_amount, p_at)
  returning id into entry;
  return entry;
end $$;
