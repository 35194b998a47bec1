-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger core_operations_keep before delete on core_operations
  for each row execute function platform_refuse();
alter table core_operations enable always trigger core_operations_keep;
create or replace trigger core_operations_keep_all before truncate on core_operations execute function platform_refuse();
alter table core_operations enable always trigger core_operations_keep_all;
