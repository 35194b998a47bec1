-- For each day the newest daily registry that covers it and is compared, RECONCILED or ACCEPTED, and the operations that it lists as
-- confirmed, in tiyn; no row for a day without such a registry. p_begins and p_ends: when each of p_days begins and ends.
-- Called by settlements. A function and not a view, because the days bound the search of registries and rows.
create or replace function registry_newest_daily_sums(p_days date[], p_begins timestamptz[], p_ends timestamptz[])
returns table (day date, registry_id uuid, payments int, paid numeric, refunds int, refunded numeric)
language sql stable as $$
  select d.day, r.id,
    count(*) filter (where w.type = 'PURCHASE')::int, coalesce(sum(w.amount) filter (where w.type = 'PURCHASE'), 0),
    count(*) filter (where w.type = 'REFUND')::int, coalesce(sum(w.amount) filter (where w.type = 'REFUND'), 0)
  from unnest(p_days, p_begins, p_ends) as d (day, begins, ends)
  cross join lateral (select g.id from registries g
    where g.kind = 'DAILY' and g.reconciled_at is not null and d.day between g.period_from and g.period_to
    order by g.received_at desc, g.id desc limit 1) r
  left join registry_rows w on w.registry_id = r.id and w.confirmed and w.at >= d.begins and w.at < d.ends
  group by d.day, r.id
$$;
