import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** Tables that only grow are partitioned by month, so that history never slows down what is current. */
export class PlatformMonthlyTables1795478400000 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table platform_monthly_tables (name text primary key);

      -- Creates one table's partitions of this month and the two after it. They are made apart and then attached, which
      -- leaves those alone who write into other months; whoever stands in the way is not waited for. A month whose rows
      -- already lie in the default partition is left there: nothing that writes may fail for want of a partition.
      create function platform_prepare_months(p_table text, p_now timestamptz) returns void language plpgsql as $$
      declare
        first_day timestamp;
        child text;
      begin
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

      create function platform_refuse() returns trigger language plpgsql as $$
      begin
        raise exception '% of % is refused: it is append only', tg_op, tg_table_name using errcode = 'restrict_violation';
      end $$;
    `);
  }
}
