-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger alerts_keep before delete or update on alerts
  for each row execute function platform_refuse();
alter table alerts enable always trigger alerts_keep;
create or replace trigger alerts_keep_all before truncate on alerts execute function platform_refuse();
alter table alerts enable always trigger alerts_keep_all;
