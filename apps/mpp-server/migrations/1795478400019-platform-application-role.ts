import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/**
 * The server may run under a role that owns nothing. Two things need their owner all the same: the balance, which that
 * role has no right to move, and new partitions. The functions that do them act as their owner.
 */
export class PlatformApplicationRole1795478400019 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(PREPARE_MONTHS);
    await runner.query(TRIGGERS);
    await runner.query(AS_OWNER);
  }
}

const PREPARE_MONTHS = `
  -- As before, and for no table but those that are listed: whoever calls it could not make a table.
  create or replace function platform_prepare_months(p_table text, p_now timestamptz) returns void
  language plpgsql security definer set search_path from current as $$
  declare
    first_day timestamp;
    child text;
  begin
    if not exists (select 1 from platform_monthly_tables where name = p_table) then
      raise exception '% is no monthly table', p_table using errcode = 'invalid_parameter_value';
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
`;

const TRIGGERS = `
  -- A guard that looks a table up by its name could be shown a temporary one instead, unless it looks in one schema only.
  do $$
  declare
    guard regprocedure;
  begin
    for guard in
      select distinct t.tgfoid from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and not t.tgisinternal
    loop
      execute format('alter function %s set search_path from current', guard);
    end loop;
  end $$;
`;

const AS_OWNER = `
  alter function ledger_apply_entry() security definer;
  -- Whoever may execute a trigger function may hang it on a table of their own: this one would move balances for it.
  revoke execute on function ledger_apply_entry(), platform_prepare_months(text, timestamptz) from public;
`;
