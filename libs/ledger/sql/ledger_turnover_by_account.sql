-- Turnover of each account by entries with ids from p_first to p_last.
-- Called by ledger_seal and the check of the books.
create or replace function ledger_turnover_by_account(p_first bigint, p_last bigint)
returns table (account_id uuid, kind text, debited numeric, credited numeric) language sql stable as $$
  select m.account_id, ledger_account_kind(m.account_id), sum(m.debited), sum(m.credited)
  from (select debit_account_id as account_id, amount as debited, 0 as credited from ledger_entries where id between p_first and p_last
    union all select credit_account_id, 0, amount from ledger_entries where id between p_first and p_last) m
  group by 1
$$;
