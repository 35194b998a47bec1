-- At the commit, the money of a payment that becomes REVERSED is on an account of its customer, by the journal, if it was debited;
-- nothing of it is in suspense. A payment that becomes REVERSING has a reversal that is not done.
-- Deferred trigger. Raises qr_payments_given_back.
create or replace function qr_payments_check_reversal() returns trigger language plpgsql
set search_path from current as $$
declare
  payment qr_payments;
  agrees boolean;
begin
  -- As it is at the commit: it may have gone further in the same transaction.
  select * into payment from qr_payments where id = new.id;
  if payment.status = 'REVERSING' then
    agrees := exists (select 1 from qr_payment_reversals r where r.payment_id = new.id and r.credited_at is null);
  else
    agrees := not exists (select 1 from qr_payment_reversals r where r.payment_id = new.id and r.credited_at is null)
      and (payment.debited_at is null or exists (
        select 1 from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
        where e.reference = new.id::text and e.purpose in ('REVERSAL', 'REVERSAL_RELEASE') and e.amount = payment.amount
          and a.customer_id = payment.customer_id));
  end if;
  if not agrees then
    raise exception 'payment % is %, which its reversal and the journal contradict', new.id, payment.status
      using errcode = 'check_violation', constraint = 'qr_payments_given_back';
  end if;
  return null;
end $$;

drop trigger if exists qr_payments_reversal on qr_payments;
create constraint trigger qr_payments_reversal after update on qr_payments deferrable initially deferred
  for each row when ((new.status in ('REVERSING', 'REVERSED')) and (new.status is distinct from old.status)) execute function qr_payments_check_reversal();
alter table qr_payments enable always trigger qr_payments_reversal;
