-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger refunds_keep before delete on refunds
  for each row execute function platform_refuse();
alter table refunds enable always trigger refunds_keep;
create or replace trigger refunds_keep_all before truncate on refunds execute function platform_refuse();
alter table refunds enable always trigger refunds_keep_all;
