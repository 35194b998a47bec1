-- Creates the partitions of this month and the next two for a table that is listed in platform_monthly_tables. Partitions are created
-- separately and then attached, which does not block writers of other months; locks are not waited for. If the default partition
-- already has rows of a month, they stay there, so that no write fails because a partition is missing.
-- Called at each start and every day. Runs as its owner, because the server's role cannot create tables.
-- Raises invalid_parameter_value for a table that is not listed.
create or replace function platform_prepare_months(p_table text, p_now timestamptz) returns void
language plpgsql security definer set search_path from current as $$
declare
  first_day timestamp;
  child text;
begin
  if not exists (select 1 from platform_monthly_tables where name = p_table) then
    raise exception '% is not a monthly table', p_table using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('lock_timeout', '1s', true);
  perform pg_advisory_xact_lock(65100118, hashtext(p_table));
  for ahead in 0..2 loop
    first_day := date_trunc('month', p_now at time zone 'UTC') + make_interval(months => ahead);
    child := p_table || '_' || to_char(first_day, 'YYYY_MM');
    if to_regclass(child) is null then
      begin
        execute format('create table %I (like %I including defaults including constraints) with (fillfactor = 85)',
          child, p_table);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          p_table, child, first_day::text || '+00', (first_day + interval '1 month')::text || '+00');
      exception when check_violation then
        raise warning '% keeps its rows in the default partition', child;
      end;
    end if;
  end loop;
end $$;
revoke execute on function platform_prepare_months(text, timestamptz) from public;
