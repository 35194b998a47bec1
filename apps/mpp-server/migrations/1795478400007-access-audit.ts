import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class AccessAudit1795478400007 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What people did that no table of a feature remembers for them: who, what, about what, why. Append only.
      create table access_audit (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        actor text not null check (actor <> ''),
        action text not null check (action <> ''),
        subject text not null check (subject <> ''),
        customer_id text,
        reason text,
        details json
      );
      create index access_audit_subject on access_audit (subject, id);
      create index access_audit_action on access_audit (action, id);
      create index access_audit_customer on access_audit (customer_id, id) where customer_id is not null;
      create trigger access_audit_keep before update or delete on access_audit for each row execute function platform_refuse();
      create trigger access_audit_keep_all before truncate on access_audit execute function platform_refuse();
      alter table access_audit enable always trigger access_audit_keep;
      alter table access_audit enable always trigger access_audit_keep_all;
    `);
  }
}
