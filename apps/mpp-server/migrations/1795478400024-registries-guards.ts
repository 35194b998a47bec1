import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** What registries said and what was found in them stays, whoever writes, and however. */
export class RegistriesGuards1795478400024 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(REGISTRIES);
    await runner.query(DISCREPANCIES);
    await runner.query(TRUNCATE);
  }
}

const REGISTRIES = `
  create or replace function registries_guard() returns trigger language plpgsql set search_path from current as $$
  begin
    if (new.id, new.content_hash, new.name, new.size, new.source, new.received_from, new.received_at)
        is distinct from (old.id, old.content_hash, old.name, old.size, old.source, old.received_from, old.received_at)
      or (new.status <> old.status and (old.status, new.status) not in (('PROCESSING', 'RECONCILED'),
        ('PROCESSING', 'FAILED'), ('RECONCILED', 'ACCEPTED'))
        -- What was given up for an error of ours may be tried again.
        and (old.status, old.failure, new.status) is distinct from ('FAILED', 'GIVEN_UP', 'PROCESSING'))
      or (old.status in ('RECONCILED', 'ACCEPTED')
        and (new.kind, new.period_from, new.period_to, new.rows, new.row_errors, new.amount, new.fee, new.stated_row,
            new.stated_rows, new.stated_amount, new.stated_fee, new.reconciled_at)
          is distinct from (old.kind, old.period_from, old.period_to, old.rows, old.row_errors, old.amount, old.fee,
            old.stated_row, old.stated_rows, old.stated_amount, old.stated_fee, old.reconciled_at))
      or (old.fee_taken_back_at is not null and new.fee_taken_back_at is distinct from old.fee_taken_back_at)
      or (old.accepted_at is not null and (new.accepted_at, new.accepted_by)
        is distinct from (old.accepted_at, old.accepted_by))
    then
      raise exception 'registry %: what it said stays', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
`;

const DISCREPANCIES = `
  -- What differs may change as the books do, and what people say of it; what it is about does not.
  create function registry_discrepancies_guard() returns trigger language plpgsql set search_path from current as $$
  begin
    if (new.id, new.registry_id, new.kind, new.subject, new.row, new.found_at)
      is distinct from (old.id, old.registry_id, old.kind, old.subject, old.row, old.found_at)
    then
      raise exception 'difference %: what it is about stays', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger registry_discrepancies_guard before update on registry_discrepancies
    for each row execute function registry_discrepancies_guard();
  alter table registry_discrepancies enable always trigger registry_discrepancies_guard;
`;

const TRUNCATE = `
  do $$
  declare
    kept text;
  begin
    foreach kept in array array['registries', 'registry_files', 'registry_rows', 'registry_row_errors', 'registry_discrepancies',
      'registry_discrepancy_history', 'registry_tariffs'] loop
      execute format('create trigger %1$s_keep_all before truncate on %1$I execute function platform_refuse()', kept);
      execute format('alter table %1$I enable always trigger %1$s_keep_all', kept);
    end loop;
  end $$;
`;
