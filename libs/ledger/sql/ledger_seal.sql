-- Seals up to p_limit entries after the last seal with ids up to p_horizon, and returns the seal's number; null if there is nothing
-- to seal or another process is sealing. The caller has made sure that no open transaction can still write an id up to p_horizon.
-- Called by the sealing job. Stores turnovers with each seal, and a checkpoint of a customer's account about every 100 entries.
create or replace function ledger_seal(p_horizon bigint, p_limit int, p_at timestamptz) returns bigint language plpgsql as $$
declare
  previous record;
  batch record;
  this bigint;
begin
  if not pg_try_advisory_xact_lock(65100121) then
    return null;
  end if;
  select number, last_id, booked_until, hash into previous from ledger_seals order by number desc limit 1;
  this := coalesce(previous.number, 0) + 1;
  select count(*)::int as entries, min(id) as first_id, max(id) as last_id, min(booked_at) as earliest, max(booked_at) as latest,
      array_agg(id order by id) as ids, string_agg(digest, ''::bytea order by id) as digests,
      string_agg(substr(digest, 1, 8), ''::bytea order by id) as short into batch
    from (select e.id, e.booked_at, ledger_digest(e) as digest from ledger_entries e
      where e.id > coalesce(previous.last_id, -9223372036854775808) and e.id <= p_horizon order by e.id limit p_limit) e;
  if batch.entries = 0 then
    return null;
  end if;
  insert into ledger_seals (number, first_id, last_id, entries, booked_until, late_by, hash, entry_ids, digests, sealed_at)
  values (this, batch.first_id, batch.last_id, batch.entries, greatest(previous.booked_until, batch.latest),
    greatest((extract(epoch from previous.booked_until - batch.earliest) * 1000000)::bigint, 0),
    ledger_hash(previous.hash, this, p_at, batch.digests), batch.ids, batch.short, p_at);
  insert into ledger_turnovers (seal, kind, debited, credited)
    select this, kind, sum(debited), sum(credited)
    from (select kind, debited, credited from ledger_turnovers where seal = previous.number
      union all select kind, debited, credited from ledger_turnover_by_account(batch.first_id, batch.last_id)) t
    group by kind;
  insert into ledger_checkpoints (account_id, seal, last_id, debited, credited)
    select m.account_id, this, batch.last_id, coalesce(c.debited, 0) + since.debited, coalesce(c.credited, 0) + since.credited
    from ledger_turnover_by_account(batch.first_id, batch.last_id) m
    left join lateral (select last_id, debited, credited from ledger_checkpoints
      where account_id = m.account_id order by seal desc limit 1) c on true
    cross join lateral ledger_account_turnover(m.account_id, coalesce(c.last_id, -9223372036854775808), batch.last_id, 'infinity') since
    where m.kind in ('CUSTOMER', 'CORE_CUSTOMER') and since.entries >= 100;
  return this;
end $$;
