-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger access_audit_keep before delete or update on access_audit
  for each row execute function platform_refuse();
alter table access_audit enable always trigger access_audit_keep;
create or replace trigger access_audit_keep_all before truncate on access_audit execute function platform_refuse();
alter table access_audit enable always trigger access_audit_keep_all;
