-- The hash of a seal over the previous hash, the seal's number, size and time, and the digests of its entries in order of id.
-- Called by ledger_seal and the check of the books.
create or replace function ledger_hash(p_previous bytea, p_number bigint, p_sealed_at timestamptz, p_digests bytea) returns bytea
language sql stable as $$
  select sha256(coalesce(p_previous, ''::bytea)
    || convert_to(json_build_array(p_number, length(p_digests) / 32, (extract(epoch from p_sealed_at) * 1000000)::bigint)::text, 'UTF8')
    || p_digests)
$$;
