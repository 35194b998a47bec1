-- The content of a registry never changes, and its status only moves forward; a registry that was given up may be read again.
-- Trigger. Raises restrict_violation.
create or replace function registries_guard() returns trigger language plpgsql set search_path from current as $$
begin
  if (new.id, new.content_hash, new.name, new.size, new.source, new.received_from, new.received_at)
      is distinct from (old.id, old.content_hash, old.name, old.size, old.source, old.received_from, old.received_at)
    or (new.status <> old.status and (old.status, new.status) not in (('PROCESSING', 'RECONCILED'),
      ('PROCESSING', 'FAILED'), ('RECONCILED', 'ACCEPTED'))
      -- What was given up for an error of ours may be tried again.
      and (old.status, old.failure, new.status) is distinct from ('FAILED', 'GIVEN_UP', 'PROCESSING'))
    -- RECONCILED or ACCEPTED.
    or (old.reconciled_at is not null
      and (new.kind, new.period_from, new.period_to, new.rows, new.row_errors, new.amount, new.fee, new.stated_row,
          new.stated_rows, new.stated_amount, new.stated_fee, new.reconciled_at)
        is distinct from (old.kind, old.period_from, old.period_to, old.rows, old.row_errors, old.amount, old.fee,
          old.stated_row, old.stated_rows, old.stated_amount, old.stated_fee, old.reconciled_at))
    or (old.fee_corrected_at is not null and new.fee_corrected_at is distinct from old.fee_corrected_at)
    or (old.accepted_at is not null and (new.accepted_at, new.accepted_by)
      is distinct from (old.accepted_at, old.accepted_by))
  then
    raise exception 'registry %: its content and its acceptance cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger registries_guard before update on registries
  for each row execute function registries_guard();
alter table registries enable always trigger registries_guard;
