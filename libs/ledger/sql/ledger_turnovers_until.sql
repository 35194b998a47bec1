-- Turnover of each kind of account by entries booked before p_before.
-- Called by the trial balance.
create or replace function ledger_turnovers_until(p_before timestamptz)
returns table (kind text, debited numeric, credited numeric) language plpgsql stable as $$
#variable_conflict use_column
declare
  whole record;
begin
  select number, last_id into whole from ledger_seals
  where booked_until < p_before order by booked_until desc, number desc limit 1;
  return query
    with moved as (
      select e.debit_account_id, e.credit_account_id, e.amount
      from ledger_id_ranges(null, p_before) s
      join ledger_entries e on e.id > greatest(s.after_id, whole.last_id) and e.id <= s.until_id and e.booked_at < p_before),
    accounts as (
      select m.account_id, sum(m.debited) as debited, sum(m.credited) as credited
      from (select debit_account_id as account_id, amount as debited, 0 as credited from moved
        union all select credit_account_id, 0, amount from moved) m
      group by 1)
    select t.kind, sum(t.debited), sum(t.credited)
    from (select kind, debited, credited from ledger_turnovers where seal = whole.number
      union all
      select ledger_account_kind(m.account_id), m.debited, m.credited from accounts m) t
    group by t.kind;
end $$;
