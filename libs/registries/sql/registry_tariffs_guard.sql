-- A tariff never changes, except that it is replaced, once.
-- Trigger. Raises restrict_violation.
create or replace function registry_tariffs_guard() returns trigger language plpgsql set search_path from current as $$
begin
  if old.replaced_at is not null
    or (new.id, new.service, new.mcc, new.rate, new.valid_from, new.set_at, new.set_by)
      is distinct from (old.id, old.service, old.mcc, old.rate, old.valid_from, old.set_at, old.set_by)
  then
    raise exception 'tariff %: it cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger registry_tariffs_guard before update on registry_tariffs
  for each row execute function registry_tariffs_guard();
alter table registry_tariffs enable always trigger registry_tariffs_guard;
