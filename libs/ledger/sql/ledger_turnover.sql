-- Turnover of an account by entries with ids up to p_up_to, booked before p_before; computed from the last checkpoint, or for shared
-- accounts from the last seal, that counts as a whole.
-- Called by balances and statements.
create or replace function ledger_turnover(p_account uuid, p_up_to bigint, p_before timestamptz, out debited numeric, out credited numeric)
language plpgsql stable as $$
declare
  whole record;
  base record;
begin
  debited := 0;
  credited := 0;
  if p_before = '-infinity' or p_up_to < 0 then
    return;
  end if;
  select number, last_id into whole from ledger_seals
  where number <= (select number from ledger_seals where last_id <= p_up_to order by last_id desc limit 1)
    and number <= (select number from ledger_seals where booked_until < p_before order by booked_until desc, number desc limit 1)
  order by number desc limit 1;
  if ledger_account_kind(p_account) in ('CUSTOMER', 'CORE_CUSTOMER') then
    select c.last_id, c.debited, c.credited into base from ledger_checkpoints c
    where c.account_id = p_account and c.seal <= whole.number order by c.seal desc limit 1;
  else
    select whole.last_id, t.debited, t.credited into base from ledger_turnovers t
    where t.seal = whole.number and t.kind = ledger_account_kind(p_account);
  end if;
  select coalesce(base.debited, 0) + sum(m.debited), coalesce(base.credited, 0) + sum(m.credited) into debited, credited
  from ledger_id_ranges(null, p_before) s
  cross join lateral ledger_account_turnover(p_account,
    greatest(s.after_id, base.last_id), least(s.until_id, p_up_to), p_before) m;
end $$;
