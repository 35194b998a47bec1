-- Append-only tables: update, delete and truncate raise restrict_violation, also for the owner of the tables and in replication mode.
create or replace trigger qr_payments_keep before delete on qr_payments
  for each row execute function platform_refuse();
alter table qr_payments enable always trigger qr_payments_keep;
create or replace trigger qr_payments_keep_all before truncate on qr_payments execute function platform_refuse();
alter table qr_payments enable always trigger qr_payments_keep_all;
create or replace trigger qr_payment_reversals_keep before delete on qr_payment_reversals
  for each row execute function platform_refuse();
alter table qr_payment_reversals enable always trigger qr_payment_reversals_keep;
create or replace trigger qr_payment_reversals_keep_all before truncate on qr_payment_reversals execute function platform_refuse();
alter table qr_payment_reversals enable always trigger qr_payment_reversals_keep_all;
