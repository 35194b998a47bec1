-- A row never changes; the payment and refund that it matches are set once.
-- Trigger. Raises restrict_violation.
create or replace function registry_rows_guard() returns trigger language plpgsql set search_path from current as $$
begin
  if (new.registry_id, new.row, new.type, new.kaspi_operation_id, new.mpp_payment_id, new.confirmed, new.at, new.method,
      new.customer_id, new.amount, new.fee, new.rate, new.mcc)
    is distinct from (old.registry_id, old.row, old.type, old.kaspi_operation_id, old.mpp_payment_id, old.confirmed,
      old.at, old.method, old.customer_id, old.amount, old.fee, old.rate, old.mcc)
    or (old.payment_id is not null and new.payment_id is distinct from old.payment_id)
    or (old.refund is not null and new.refund is distinct from old.refund)
  then
    raise exception 'row % of registry %: a row cannot change', old.row, old.registry_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger registry_rows_guard before update on registry_rows
  for each row execute function registry_rows_guard();
alter table registry_rows enable always trigger registry_rows_guard;
