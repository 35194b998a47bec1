-- At the commit, a reversal belongs to its payment and agrees with its status and with the journal: credited to an account of the
-- customer, in suspense, or neither, which only a debit at a core can be. A debit that never became known has no entries.
-- Deferred trigger. Raises qr_payment_reversals_agree.
create or replace function qr_payment_reversals_check() returns trigger language plpgsql
set search_path from current as $$
declare
  suspense constant uuid := '00000000-0000-7000-8000-000000000009';
  payment qr_payments;
  credited uuid := case when new.credited_at is not null then new.credited_account_id
    when new.suspended_at is not null then suspense end;
  agrees boolean;
begin
  select * into payment from qr_payments where id = new.payment_id;
  agrees := (payment.customer_id, payment.amount, payment.account_id) = (new.customer_id, new.amount, new.account_id)
    and payment.status = case when new.credited_at is null then 'REVERSING' else 'REVERSED' end
    and (credited is not null or payment.debit_requested_at is not null);
  if agrees and payment.debited_at is not null then
    agrees := case when credited is null then not exists (
        select 1 from ledger_entries e where e.reference = new.payment_id::text and e.purpose = 'REVERSAL')
      else exists (
        select 1 from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
        where e.reference = new.payment_id::text and e.purpose in ('REVERSAL', 'REVERSAL_RELEASE') and e.amount = new.amount
          and e.credit_account_id = credited and (credited = suspense or a.customer_id = new.customer_id)) end;
  end if;
  if agrees is not true then
    raise exception 'the reversal of payment % does not agree with it and the journal', new.payment_id
      using errcode = 'check_violation', constraint = 'qr_payment_reversals_agree';
  end if;
  return null;
end $$;

drop trigger if exists qr_payment_reversals_check on qr_payment_reversals;
create constraint trigger qr_payment_reversals_check after insert or update on qr_payment_reversals deferrable initially deferred
  for each row execute function qr_payment_reversals_check();
alter table qr_payment_reversals enable always trigger qr_payment_reversals_check;
