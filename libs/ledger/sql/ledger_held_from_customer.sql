-- What the entries of an operation have taken from this customer and not given back, in tiyn; negative if they gave more. Null means
-- any customer; leading zeros do not count, because spreadsheets drop them. A reversal counts wherever its money went, because it is on its way to the customer who paid. Corrected entries do not
-- count.
-- Called by refunds and registries, before money is taken from or given to a customer.
create or replace function ledger_held_from_customer(p_reference text, p_customer text) returns bigint language sql stable as $$
  select coalesce(sum(case
      when e.purpose in ('PAYMENT', 'REVERSAL') then
        case when p_customer is null or exists (select 1 from ledger_entries p
            join ledger_accounts a on a.id = p.debit_account_id
            where p.reference = p_reference and p.purpose = 'PAYMENT' and ltrim(a.customer_id, '0') = ltrim(p_customer, '0'))
          then case e.purpose when 'PAYMENT' then e.amount else -e.amount end else 0 end
      when d.kind = 'CUSTOMER' and c.kind = 'DIFFERENCES' and (p_customer is null or ltrim(d.customer_id, '0') = ltrim(p_customer, '0')) then e.amount
      when d.kind = 'DIFFERENCES' and c.kind = 'CUSTOMER' and (p_customer is null or ltrim(c.customer_id, '0') = ltrim(p_customer, '0')) then -e.amount
      else 0 end), 0)::bigint
  from ledger_entries e
    join ledger_accounts d on d.id = e.debit_account_id join ledger_accounts c on c.id = e.credit_account_id
  where e.reference = p_reference and e.purpose in ('PAYMENT', 'REVERSAL', 'DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT', 'CORRECTION')
$$;
