-- What was requested from the core never changes, and an answer is final; only a refused reversal may turn out to be done.
-- Trigger. Raises restrict_violation.
create or replace function core_operations_guard() returns trigger language plpgsql
set search_path from current as $$
begin
  if (new.id, new.kind, new.subject, new.debit_id, new.customer_id, new.account_id, new.core_account, new.amount,
      new.reference, new.description, new.requested_at, new.due_at, new.ordinal)
    is distinct from (old.id, old.kind, old.subject, old.debit_id, old.customer_id, old.account_id, old.core_account,
      old.amount, old.reference, old.description, old.requested_at, old.due_at, old.ordinal)
    or (old.state <> 'REQUESTED' and not (old.kind = 'REVERSAL' and old.state = 'REFUSED' and new.state = 'DONE')
      and (new.state, new.answered_at, new.reason, new.core_reference)
      is distinct from (old.state, old.answered_at, old.reason, old.core_reference))
  then
    raise exception 'core operation %: its request and its answer cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger core_operations_guard before update on core_operations
  for each row execute function core_operations_guard();
alter table core_operations enable always trigger core_operations_guard;
