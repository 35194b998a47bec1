import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class Alerts1795478400013 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What people have to look at. Once for each thing, for ever: not partitioned.
      create table alerts (
        id bigint generated always as identity primary key,
        kind text not null,
        subject text not null,
        customer_id text,
        details json,
        raised_at timestamptz not null,
        constraint alerts_once unique (subject, kind)
      );
      create trigger alerts_keep before update or delete on alerts for each row execute function platform_refuse();
      create trigger alerts_keep_all before truncate on alerts execute function platform_refuse();
      alter table alerts enable always trigger alerts_keep;
      alter table alerts enable always trigger alerts_keep_all;
    `);
  }
}
