-- The subject of a discrepancy never changes; its values, status and note may.
-- Trigger. Raises restrict_violation.
create or replace function registry_discrepancies_guard() returns trigger language plpgsql set search_path from current as $$
begin
  if (new.id, new.registry_id, new.kind, new.subject, new.row, new.found_at)
    is distinct from (old.id, old.registry_id, old.kind, old.subject, old.row, old.found_at)
  then
    raise exception 'discrepancy %: its subject cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger registry_discrepancies_guard before update on registry_discrepancies
  for each row execute function registry_discrepancies_guard();
alter table registry_discrepancies enable always trigger registry_discrepancies_guard;
