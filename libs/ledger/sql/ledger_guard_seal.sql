-- A seal follows the previous seal without a gap.
-- Trigger. Raises ledger_seals_in_order.
create or replace function ledger_guard_seal() returns trigger language plpgsql
set search_path from current as $$
declare
  previous record;
begin
  select number, last_id, booked_until into previous from ledger_seals order by number desc limit 1;
  if new.number <> coalesce(previous.number, 0) + 1 or new.first_id <= previous.last_id
      or new.booked_until < previous.booked_until then
    raise exception 'seal % does not follow the previous seal', new.number
      using errcode = 'check_violation', constraint = 'ledger_seals_in_order';
  end if;
  return new;
end $$;

create or replace trigger ledger_seals_guard before insert on ledger_seals
  for each row execute function ledger_guard_seal();
alter table ledger_seals enable always trigger ledger_seals_guard;
