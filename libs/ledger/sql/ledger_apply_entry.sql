-- Checks that an entry of its purpose is between the right accounts and has the right amount, and moves the balances. What ends
-- a payment has the payment's amount, and a reversal goes back to the customer who was debited, in the own ledger or at the core as
-- before, or into suspense. What leaves suspense was put there by the same refund or reversal. In the own ledger a payment debits an
-- open account only, a refund or reversal credits an open account only, and nothing credits a closed one. A correction mirrors its
-- entry; entries of payments and refunds cannot be corrected, nor what moves a customer's money for a difference, since a refund may have
-- been settled against it.
-- Trigger on every new entry. Runs as its owner, because the server's role has no right to a balance; no other role may execute it,
-- since as a trigger on a table of their own it would move balances without an entry.
-- Raises foreign_key_violation, ledger_entries_explained, ledger_entries_<purpose>_parties, ledger_entries_release_of_suspense,
-- ledger_accounts_open, and ledger_accounts_no_overdraft by the update of the balance.
create or replace function ledger_apply_entry() returns trigger language plpgsql
security definer set search_path from current as $$
declare
  debited text;
  credited text;
  allowed boolean;
  refused text;
  state text;
  unusable uuid;
begin
  perform platform_durable_commit();
  select kind into debited from ledger_accounts where id = new.debit_account_id;
  select kind into credited from ledger_accounts where id = new.credit_account_id;
  if debited is null or credited is null then
    raise exception 'an entry needs two accounts of the ledger' using errcode = 'foreign_key_violation';
  end if;
  if not isfinite(new.booked_at) or (new.purpose = 'CORRECTION') <> (num_nonnulls(new.corrects, new.reason, new.operator) = 3)
      or new.purpose <> 'CORRECTION' and num_nonnulls(new.corrects, new.reason, new.operator) > 0
      or new.reason = '' or new.operator = '' then
    raise exception 'a correction, and only a correction, must name the corrected entry, the reason and the operator; every entry must have a finite time'
      using errcode = 'check_violation', constraint = 'ledger_entries_explained';
  end if;
  case new.purpose
    when 'PAYMENT' then
      allowed := debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'IN_TRANSIT';
    when 'SETTLEMENT' then
      allowed := debited = 'IN_TRANSIT' and credited = 'PAYABLE_TO_KASPI' and exists (
        select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount);
    when 'REVERSAL' then
      allowed := debited = 'IN_TRANSIT' and exists (
        select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount
          and (credited = 'REVERSALS_IN_SUSPENSE' or ledger_of_same_customer(p.debit_account_id, new.credit_account_id)));
    when 'REVERSAL_RELEASE' then
      allowed := debited = 'REVERSALS_IN_SUSPENSE' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
      if allowed then
        refused := 'ledger_entries_release_of_suspense';
        allowed := exists (
          select 1 from ledger_entries r join ledger_entries p on p.reference = r.reference and p.purpose = 'PAYMENT'
          where r.purpose = 'REVERSAL' and r.reference = new.reference and r.amount = new.amount
            and r.credit_account_id = new.debit_account_id
            and ledger_of_same_customer(p.debit_account_id, new.credit_account_id));
      end if;
    when 'DEPOSIT' then
      allowed := debited = 'FUNDING' and credited = 'CUSTOMER';
    when 'DIFFERENCE' then
      allowed := (debited, credited) in (('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'),
        ('DIFFERENCES', 'RECEIVABLE_FROM_KASPI'), ('RECEIVABLE_FROM_KASPI', 'DIFFERENCES'),
        ('DIFFERENCES', 'FEES'), ('FEES', 'DIFFERENCES'));
    when 'DIFFERENCE_DEBIT' then
      allowed := debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'DIFFERENCES';
    when 'DIFFERENCE_CREDIT' then
      allowed := debited = 'DIFFERENCES' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
    when 'FEE' then
      allowed := (debited, credited) in (('FEES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'FEES'));
    when 'NETTING' then
      allowed := debited = 'PAYABLE_TO_KASPI' and credited = 'RECEIVABLE_FROM_KASPI';
    when 'PAYOUT' then
      allowed := (debited, credited) in (('PAYABLE_TO_KASPI', 'BANK'), ('BANK', 'PAYABLE_TO_KASPI'));
    when 'REFUND' then
      allowed := debited = 'RECEIVABLE_FROM_KASPI'
        and credited in ('CUSTOMER', 'CORE_CUSTOMER', 'REFUNDS_IN_SUSPENSE', 'DIFFERENCES');
    when 'REFUND_RELEASE' then
      allowed := debited = 'REFUNDS_IN_SUSPENSE' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
      if allowed then
        refused := 'ledger_entries_release_of_suspense';
        allowed := exists (
          select 1 from ledger_entries r where r.purpose = 'REFUND' and r.reference = new.reference and r.amount = new.amount
            and r.credit_account_id = new.debit_account_id);
      end if;
    when 'CORRECTION' then
      allowed := exists (
        select 1 from ledger_entries c where c.id = new.corrects and c.reference = new.reference and c.amount = new.amount
          and c.debit_account_id = new.credit_account_id and c.credit_account_id = new.debit_account_id
          and c.purpose in ('DEPOSIT', 'FEE', 'DIFFERENCE', 'NETTING', 'PAYOUT', 'CORRECTION'))
        and (debited, credited) not in (('CUSTOMER', 'DIFFERENCES'), ('DIFFERENCES', 'CUSTOMER'),
          ('CORE_CUSTOMER', 'DIFFERENCES'), ('DIFFERENCES', 'CORE_CUSTOMER'));
  end case;
  if not allowed then
    raise exception 'a % of this amount cannot be posted between these accounts', new.purpose
      using errcode = 'check_violation',
        constraint = coalesce(refused, format('ledger_entries_%s_parties',
          regexp_replace(lower(new.purpose), '^(refund|reversal)_', '')));
  end if;
  -- The update waits for whoever changes the account, and returns the status after that.
  if debited in ('CUSTOMER', 'CORE_CUSTOMER') then
    update ledger_accounts set balance = balance - new.amount where id = new.debit_account_id returning status into state;
    if debited = 'CUSTOMER' and state <> 'OPEN' and new.purpose = 'PAYMENT' then
      unusable := new.debit_account_id;
    end if;
  end if;
  if credited in ('CUSTOMER', 'CORE_CUSTOMER') then
    update ledger_accounts set balance = balance + new.amount where id = new.credit_account_id returning status into state;
    if credited = 'CUSTOMER' and (state = 'CLOSED' or state = 'BLOCKED' and new.purpose not in ('DEPOSIT', 'CORRECTION')) then
      unusable := new.credit_account_id;
    end if;
  end if;
  if unusable is not null then
    raise exception 'a % cannot be posted to account %, which is %', new.purpose, unusable, state
      using errcode = 'check_violation', constraint = 'ledger_accounts_open';
  end if;
  return null;
end $$;

create or replace trigger ledger_entries_apply after insert on ledger_entries
  for each row execute function ledger_apply_entry();
alter table ledger_entries enable always trigger ledger_entries_apply;
revoke execute on function ledger_apply_entry() from public;
