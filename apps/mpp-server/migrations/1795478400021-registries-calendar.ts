import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** By what fees registries are checked, and on which days they come. */
export class RegistriesCalendar1795478400021 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(TARIFFS);
    await runner.query(FEES);
    await runner.query(WORKING_DAYS);
  }
}

const TARIFFS = `
  -- A tariff that is replaced stays, with who replaced it and when: what a registry was once checked by can be found.
  create table registry_tariffs (
    id bigint generated always as identity primary key,
    service text not null check (service in ('PAYMENT', 'SERVICE')),
    mcc text check (length(mcc) between 1 and 32),  -- null: all that have none of their own
    rate bigint not null check (rate between 0 and 1000000),  -- in ten-thousandths of a percent
    valid_from date not null,
    set_at timestamptz not null,
    set_by text not null,
    replaced_at timestamptz,
    replaced_by text,
    constraint registry_tariffs_replaced check ((replaced_at is null) = (replaced_by is null))
  );
  create unique index registry_tariffs_once on registry_tariffs (service, coalesce(mcc, ''), valid_from) where replaced_at is null;

  create function registry_tariffs_guard() returns trigger language plpgsql set search_path from current as $$
  begin
    if old.replaced_at is not null
      or (new.id, new.service, new.mcc, new.rate, new.valid_from, new.set_at, new.set_by)
        is distinct from (old.id, old.service, old.mcc, old.rate, old.valid_from, old.set_at, old.set_by)
    then
      raise exception 'tariff %: what it was stays', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger registry_tariffs_guard before update on registry_tariffs for each row execute function registry_tariffs_guard();
  create trigger registry_tariffs_keep before delete on registry_tariffs for each row execute function platform_refuse();
  alter table registry_tariffs enable always trigger registry_tariffs_guard;
  alter table registry_tariffs enable always trigger registry_tariffs_keep;
`;

const FEES = `
  -- From which day until before which each tariff holds, for joins of many operations at once: those of an MCC by mcc,
  -- those of all others where mcc is null; an MCC's own goes before.
  create view registry_tariff_periods as
    select service, mcc, rate, valid_from,
      coalesce(lead(valid_from) over (partition by service, mcc order by valid_from), 'infinity') as valid_until
    from registry_tariffs where replaced_at is null;

  -- The tariff of one operation; null where there is none.
  create function registry_rate(p_service text, p_mcc text, p_day date) returns bigint
  language sql stable parallel safe as $$
    select rate from registry_tariffs
    where replaced_at is null and service = p_service and (mcc = p_mcc or mcc is null) and valid_from <= p_day
    order by mcc nulls last, valid_from desc limit 1
  $$;

  -- In tiyn, half up away from zero. A product and no division: numeric would round its quotient first.
  create function registry_fee(p_amount bigint, p_rate bigint) returns bigint
  language sql immutable parallel safe as $$
    select round(p_amount::numeric * p_rate::numeric * 0.000001)::bigint
  $$;
`;

const WORKING_DAYS = `
  -- Days that are not what the week and the public holidays say.
  create table registry_working_days (
    day date primary key,
    working boolean,            -- null: taken back
    name text check (name is null or (name <> '' and working is not null)),
    changed_at timestamptz not null,
    changed_by text not null
  );
`;
