-- A reversal refers to a debit with the same payment, customer and amount. The first one also has the debit's account; one to another
-- account follows a refusal of the core.
-- Trigger. Raises core_operations_reversal_of_debit.
create or replace function core_operations_check_reversal() returns trigger language plpgsql
set search_path from current as $$
begin
  if not exists (select 1 from core_operations d where d.id = new.debit_id and d.kind = 'DEBIT'
      and (d.subject, d.customer_id, d.amount) = (new.subject, new.customer_id, new.amount)
      and ((d.account_id, d.core_account) = (new.account_id, new.core_account)
        or exists (select 1 from core_operations r where r.debit_id = d.id and r.state = 'REFUSED'))) then
    raise exception 'reversal % does not agree with its debit', new.id
      using errcode = 'check_violation', constraint = 'core_operations_reversal_of_debit';
  end if;
  return null;
end $$;

create or replace trigger core_operations_check_reversal after insert on core_operations
  for each row when (new.kind = 'REVERSAL') execute function core_operations_check_reversal();
alter table core_operations enable always trigger core_operations_check_reversal;
