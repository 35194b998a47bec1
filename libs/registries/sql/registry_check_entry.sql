-- At the commit of a difference, a fee or a correction: a payment or refund is owed in no other amount than its own, that of Kaspi's
-- row, or none; and the fee of a day is in the journal for one registry of a kind. So a correction of a correction cannot make a
-- difference or a fee stand twice.
-- Deferred trigger on ledger_entries. Raises registry_differences_once, registries_fee_once.
create or replace function registry_check_entry() returns trigger language plpgsql set search_path from current as $$
declare
  kinds text[] := array[ledger_account_kind(new.debit_account_id), ledger_account_kind(new.credit_account_id)];
  operation uuid;
  stands bigint;
begin
  if new.reference !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return null;
  end if;
  operation := new.reference::uuid;
  if kinds @> '{DIFFERENCES,PAYABLE_TO_KASPI}' then
    perform pg_advisory_xact_lock(65100126, hashtext(new.reference));
    stands := ledger_owed_to_kaspi(new.reference);
    if stands <> 0 and not exists (select 1 from registry_adjustments a where a.id = operation and a.amount = stands)
        and exists (select 1 from qr_payments_to_reconcile p where p.id = operation and p.amount <> stands
          union all select 1 from registry_adjustments a where a.id = operation and a.subject = 'ROW') then
      raise exception '% is owed in an amount that is neither its own nor that of a registry', new.reference
        using errcode = 'check_violation', constraint = 'registry_differences_once';
    end if;
  elsif kinds @> '{DIFFERENCES,RECEIVABLE_FROM_KASPI}' then
    perform pg_advisory_xact_lock(65100126, hashtext(new.reference));
    select registry_adjusted_amount(a) into stands from registry_adjustments a where a.id = operation and a.type = 'REFUND';
    if stands <> 0 and not exists (select 1 from registry_adjustments a where a.id = operation and a.amount = stands)
        and not exists (select 1 from refunds_to_reconcile f where f.id = operation and f.amount = stands) then
      raise exception 'refund % is owed in an amount that is neither its own nor that of a registry', new.reference
        using errcode = 'check_violation', constraint = 'registry_differences_once';
    end if;
  elsif kinds @> '{FEES,PAYABLE_TO_KASPI}' then
    perform pg_advisory_xact_lock(65100126, 0);
    if ledger_fee_of_registry(new.reference) <> 0 and exists (
        select 1 from registries n join registries o on o.id <> n.id and o.status = 'ACCEPTED' and o.kind = n.kind
          and daterange(o.period_from, o.period_to, '[]') && daterange(n.period_from, n.period_to, '[]')
        where n.id = operation and ledger_fee_of_registry(o.id::text) <> 0) then
      raise exception 'the fee of registry % is in the journal for another registry of its days', new.reference
        using errcode = 'check_violation', constraint = 'registries_fee_once';
    end if;
  end if;
  return null;
end $$;

drop trigger if exists registry_entries_check on ledger_entries;
create constraint trigger registry_entries_check after insert on ledger_entries deferrable initially deferred
  for each row when (new.purpose in ('DIFFERENCE', 'FEE', 'CORRECTION')) execute function registry_check_entry();
alter table ledger_entries enable always trigger registry_entries_check;
