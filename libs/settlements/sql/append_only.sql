-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger registry_settlements_keep before delete or update on registry_settlements
  for each row execute function platform_refuse();
alter table registry_settlements enable always trigger registry_settlements_keep;
create or replace trigger registry_settlements_keep_all before truncate on registry_settlements execute function platform_refuse();
alter table registry_settlements enable always trigger registry_settlements_keep_all;
