-- A refund that operators took up from a registry as an operation of its own, because no payment of ours was known for it, is not
-- accepted again under the PS's refundId: the customer may have its money already (R40). The lock is that of the settlement; refunds do not wait for each other.
-- Trigger on refunds. Raises unique_violation on refunds_not_taken_up.
create or replace function registry_check_refund() returns trigger language plpgsql
set search_path from current as $$
begin
  perform pg_advisory_xact_lock_shared(65100126, hashtext(new.kaspi_operation_id));
  if exists (select 1 from registry_adjustments a where a.kaspi_operation_id = new.kaspi_operation_id and a.type = 'REFUND'
      and a.subject = 'ROW' and a.copy_of is null
      and (registry_adjusted_amount(a) > 0 or ledger_held_from_customer(a.id::text, null) <> 0)) then
    raise exception 'refund %: operation % is taken up', new.refund_id, new.kaspi_operation_id
      using errcode = 'unique_violation', constraint = 'refunds_not_taken_up';
  end if;
  return new;
end $$;

create or replace trigger registry_check_refund before insert on refunds
  for each row when (new.status <> 'REFUSED' and new.kaspi_operation_id is not null) execute function registry_check_refund();
alter table refunds enable always trigger registry_check_refund;
-- A refusal that is decided again.
create or replace trigger registry_check_accepted_refund before update on refunds
  for each row when (old.status = 'REFUSED' and new.status <> 'REFUSED' and new.kaspi_operation_id is not null)
  execute function registry_check_refund();
alter table refunds enable always trigger registry_check_accepted_refund;
