-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger registries_keep before delete on registries
  for each row execute function platform_refuse();
alter table registries enable always trigger registries_keep;
create or replace trigger registries_keep_all before truncate on registries execute function platform_refuse();
alter table registries enable always trigger registries_keep_all;
create or replace trigger registry_core_moves_keep before delete or update on registry_core_moves
  for each row execute function platform_refuse();
alter table registry_core_moves enable always trigger registry_core_moves_keep;
create or replace trigger registry_core_moves_keep_all before truncate on registry_core_moves execute function platform_refuse();
alter table registry_core_moves enable always trigger registry_core_moves_keep_all;
create or replace trigger registry_discrepancies_keep before delete on registry_discrepancies
  for each row execute function platform_refuse();
alter table registry_discrepancies enable always trigger registry_discrepancies_keep;
create or replace trigger registry_discrepancies_keep_all before truncate on registry_discrepancies execute function platform_refuse();
alter table registry_discrepancies enable always trigger registry_discrepancies_keep_all;
create or replace trigger registry_discrepancy_history_keep before delete or update on registry_discrepancy_history
  for each row execute function platform_refuse();
alter table registry_discrepancy_history enable always trigger registry_discrepancy_history_keep;
create or replace trigger registry_discrepancy_history_keep_all before truncate on registry_discrepancy_history execute function platform_refuse();
alter table registry_discrepancy_history enable always trigger registry_discrepancy_history_keep_all;
create or replace trigger registry_files_keep before delete or update on registry_files
  for each row execute function platform_refuse();
alter table registry_files enable always trigger registry_files_keep;
create or replace trigger registry_files_keep_all before truncate on registry_files execute function platform_refuse();
alter table registry_files enable always trigger registry_files_keep_all;
create or replace trigger registry_row_errors_keep before delete or update on registry_row_errors
  for each row execute function platform_refuse();
alter table registry_row_errors enable always trigger registry_row_errors_keep;
create or replace trigger registry_row_errors_keep_all before truncate on registry_row_errors execute function platform_refuse();
alter table registry_row_errors enable always trigger registry_row_errors_keep_all;
create or replace trigger registry_rows_keep before delete on registry_rows
  for each row execute function platform_refuse();
alter table registry_rows enable always trigger registry_rows_keep;
create or replace trigger registry_rows_keep_all before truncate on registry_rows execute function platform_refuse();
alter table registry_rows enable always trigger registry_rows_keep_all;
create or replace trigger registry_tariffs_keep before delete on registry_tariffs
  for each row execute function platform_refuse();
alter table registry_tariffs enable always trigger registry_tariffs_keep;
create or replace trigger registry_tariffs_keep_all before truncate on registry_tariffs execute function platform_refuse();
alter table registry_tariffs enable always trigger registry_tariffs_keep_all;
