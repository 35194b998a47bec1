-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger ledger_accounts_keep before delete on ledger_accounts
  for each row execute function platform_refuse();
alter table ledger_accounts enable always trigger ledger_accounts_keep;
create or replace trigger ledger_accounts_keep_all before truncate on ledger_accounts execute function platform_refuse();
alter table ledger_accounts enable always trigger ledger_accounts_keep_all;
create or replace trigger ledger_checkpoints_keep before delete or update on ledger_checkpoints
  for each row execute function platform_refuse();
alter table ledger_checkpoints enable always trigger ledger_checkpoints_keep;
create or replace trigger ledger_checkpoints_keep_all before truncate on ledger_checkpoints execute function platform_refuse();
alter table ledger_checkpoints enable always trigger ledger_checkpoints_keep_all;
create or replace trigger ledger_entries_keep before delete or update on ledger_entries
  for each row execute function platform_refuse();
alter table ledger_entries enable always trigger ledger_entries_keep;
create or replace trigger ledger_entries_keep_all before truncate on ledger_entries execute function platform_refuse();
alter table ledger_entries enable always trigger ledger_entries_keep_all;
create or replace trigger ledger_seals_keep before delete or update on ledger_seals
  for each row execute function platform_refuse();
alter table ledger_seals enable always trigger ledger_seals_keep;
create or replace trigger ledger_seals_keep_all before truncate on ledger_seals execute function platform_refuse();
alter table ledger_seals enable always trigger ledger_seals_keep_all;
create or replace trigger ledger_turnovers_keep before delete or update on ledger_turnovers
  for each row execute function platform_refuse();
alter table ledger_turnovers enable always trigger ledger_turnovers_keep;
create or replace trigger ledger_turnovers_keep_all before truncate on ledger_turnovers execute function platform_refuse();
alter table ledger_turnovers enable always trigger ledger_turnovers_keep_all;
create or replace trigger ledger_verifications_keep before delete or update on ledger_verifications
  for each row execute function platform_refuse();
alter table ledger_verifications enable always trigger ledger_verifications_keep;
create or replace trigger ledger_verifications_keep_all before truncate on ledger_verifications execute function platform_refuse();
alter table ledger_verifications enable always trigger ledger_verifications_keep_all;
