-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger notifications_keep before delete on notifications
  for each row execute function platform_refuse();
alter table notifications enable always trigger notifications_keep;
create or replace trigger notifications_keep_all before truncate on notifications execute function platform_refuse();
alter table notifications enable always trigger notifications_keep_all;
