-- The digest of an entry: SHA-256 of a JSON array of all its columns in UTF-8, independent of session settings.
-- Called by ledger_seal and the check of the books.
create or replace function ledger_digest(e ledger_entries) returns bytea language sql stable as $$
  select sha256(convert_to(json_build_array(e.id, e.purpose, e.reference, e.debit_account_id, e.credit_account_id, e.amount,
    (extract(epoch from e.booked_at) * 1000000)::bigint, e.corrects, e.reason, e.operator)::text, 'UTF8'))
$$;
