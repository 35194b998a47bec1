-- At the commit, a credited or suspended refund has its journal entry: to an account of its customer, into suspense, or against a
-- payment whose customer has the money, by a reversal, from an operator or by refunds. Checked again when status, account or amount change.
-- Deferred trigger. Raises refunds_credited_in_journal.
create or replace function refunds_check_credit() returns trigger language plpgsql
set search_path from current as $$
declare
  suspense constant uuid := '00000000-0000-7000-8000-000000000006';
  differences constant uuid := '00000000-0000-7000-8000-000000000004';
  credited uuid := case when new.status = 'SUSPENDED' then suspense
    else coalesce(new.credited_account_id, differences) end;
begin
  if tg_op = 'UPDATE' and (new.status, new.credited_account_id, new.amount) is not distinct from (old.status, old.credited_account_id, old.amount)
  then
    return null;
  end if;
  if not exists (select 1 from ledger_entries e
      where e.reference = new.id::text and e.purpose in ('REFUND', 'REFUND_RELEASE') and e.amount = new.amount
        and e.credit_account_id = credited)
    or (new.credited_account_id is not null and not exists (select 1 from ledger_accounts a
      where a.id = new.credited_account_id and a.customer_id = new.customer_id))
    or (new.status = 'CREDITED' and new.credited_account_id is null and not exists (select 1 from qr_payments p
      where p.id = new.payment_id and (p.status in ('REVERSING', 'REVERSED')
        or ledger_held_from_customer(p.id::text, p.customer_id) <= refunds_paid_out(p.id, p.customer_id)
        or exists (select 1 from ledger_entries e where e.reference = p.id::text and e.purpose = 'DIFFERENCE_CREDIT')))) then
    raise exception 'refund % has no journal entry that agrees with its status', new.refund_id
      using errcode = 'check_violation', constraint = 'refunds_credited_in_journal';
  end if;
  return null;
end $$;

drop trigger if exists refunds_credit on refunds;
create constraint trigger refunds_credit after insert or update on refunds deferrable initially deferred
  for each row when (new.status in ('SUSPENDED', 'CREDITED')) execute function refunds_check_credit();
alter table refunds enable always trigger refunds_credit;
