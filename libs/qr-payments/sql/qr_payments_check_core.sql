-- At the commit, the status of a payment agrees with the operations that its core was requested, and its debit with the journal.
-- Deferred trigger. Raises qr_payments_agrees_with_core.
create or replace function qr_payments_check_core() returns trigger language plpgsql
set search_path from current as $$
declare
  agrees boolean;
begin
  case
    when new.status = 'DEBITING' then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT'
        and o.account_id = new.account_id and o.amount = new.amount);
    when new.status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT' and o.state = 'DONE');
    when new.status in ('REVERSING', 'REVERSED') then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'REVERSAL'
        and (o.state = 'DONE') = (new.status = 'REVERSED'));
    else
      agrees := true;
  end case;
  if not agrees or (new.debited_at is not null) <> exists (
      select 1 from ledger_entries e where e.purpose = 'PAYMENT' and e.reference = new.id::text) then
    raise exception 'payment % does not agree with its core operations and the journal', new.id
      using errcode = 'check_violation', constraint = 'qr_payments_agrees_with_core';
  end if;
  return null;
end $$;

drop trigger if exists qr_payments_core on qr_payments;
create constraint trigger qr_payments_core after update on qr_payments deferrable initially deferred
  for each row when ((new.debit_requested_at is not null) and (new.status is distinct from old.status)) execute function qr_payments_check_core();
alter table qr_payments enable always trigger qr_payments_core;
