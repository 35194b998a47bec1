-- At the commit, the journal has the amount and the netted refunds of a settlement.
-- Deferred trigger. Raises registry_settlements_in_journal.
create or replace function registry_settlements_check() returns trigger language plpgsql set search_path from current as $$
begin
  if (ledger_paid_to_kaspi(new.reference), ledger_netted_with_kaspi(new.reference)) is distinct from (new.amount, new.netted) then
    raise exception 'settlement % is not in the journal', new.reference
      using errcode = 'check_violation', constraint = 'registry_settlements_in_journal';
  end if;
  return null;
end $$;

drop trigger if exists registry_settlements_journal on registry_settlements;
create constraint trigger registry_settlements_journal after insert on registry_settlements deferrable initially deferred
  for each row execute function registry_settlements_check();
alter table registry_settlements enable always trigger registry_settlements_journal;
