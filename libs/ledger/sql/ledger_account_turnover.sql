-- Turnover of one account by entries with ids in (p_after, p_until], booked before p_before.
-- Called by ledger_turnover, ledger_seal and the check of the books.
create or replace function ledger_account_turnover(p_account uuid, p_after bigint, p_until bigint, p_before timestamptz,
  out entries bigint, out debited numeric, out credited numeric) language sql stable as $$
  select count(*), coalesce(sum(m.debited), 0), coalesce(sum(m.credited), 0)
  from (select amount as debited, 0 as credited from ledger_entries
      where debit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before
    union all select 0, amount from ledger_entries
      where credit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before) m
$$;
