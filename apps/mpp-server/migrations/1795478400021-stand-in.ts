import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** Drop at the merge: the tariffs bring these two functions. */
export class StandIn1795478400021 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function registry_rate(p_service text, p_mcc text, p_day date) returns bigint language sql stable as $$
        select case p_service when 'SERVICE' then 2000
          else case p_mcc when '8021' then 5000 when '7032' then 1000 when '5411' then 3000 end end::bigint
      $$;
      create function registry_fee(p_amount bigint, p_rate bigint) returns bigint language sql immutable as $$
        select round(p_amount::numeric * p_rate / 1000000)::bigint
      $$;
    `);
  }
}
