-- At the commit, a reversal belongs to its payment and agrees with its status and with the journal: credited to an account of the
-- customer, in suspense, or neither, which only a debit at a core can be. A debit that never became known has no entries.
-- Deferred trigger. Raises qr_payment_reversals_agree.
create or replace function qr_payment_reversals_check() returns trigger language plpgsql
set search_path from current as $$
declare
  suspense constant uuid := '00000000-0000-7000-8000-000000000009';
  payment qr_payments;
  reversal qr_payment_reversals;
  credited uuid;
  agrees boolean;
begin
  -- As they are at the commit: they may have gone further in the same transaction.
  select * into payment from qr_payments where id = new.payment_id;
  select * into reversal from qr_payment_reversals where payment_id = new.payment_id;
  credited := case when reversal.credited_at is not null then reversal.credited_account_id
    when reversal.suspended_at is not null then suspense end;
  agrees := (payment.customer_id, payment.amount, payment.account_id)
      = (reversal.customer_id, reversal.amount, reversal.account_id)
    and payment.status = case when reversal.credited_at is null then 'REVERSING' else 'REVERSED' end
    and (credited is not null or payment.debit_requested_at is not null);
  if agrees and payment.debited_at is not null then
    agrees := case when credited is null then not exists (
        select 1 from ledger_entries e where e.reference = new.payment_id::text and e.purpose = 'REVERSAL')
      else exists (
        select 1 from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
        where e.reference = new.payment_id::text and e.purpose in ('REVERSAL', 'REVERSAL_RELEASE') and e.amount = reversal.amount
          and e.credit_account_id = credited and (credited = suspense or a.customer_id = reversal.customer_id)) end;
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
