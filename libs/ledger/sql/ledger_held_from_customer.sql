-- What the entries of a payment or refund have taken from this customer and not given back, in tiyn; negative if they gave more. A reversal
-- counts wherever its money went, because it is on its way to the customer. Corrected entries do not count.
-- Called by refunds and registries, before money is given to a customer.
create or replace function ledger_held_from_customer(p_reference text, p_customer text) returns bigint language sql stable as $$
  select coalesce(sum(case
      when e.purpose = 'PAYMENT' then e.amount
      when e.purpose = 'REVERSAL' then -e.amount
      when d.kind = 'CUSTOMER' and c.kind = 'DIFFERENCES' and d.customer_id = p_customer then e.amount
      when d.kind = 'DIFFERENCES' and c.kind = 'CUSTOMER' and c.customer_id = p_customer then -e.amount
      else 0 end), 0)::bigint
  from ledger_entries e
    join ledger_accounts d on d.id = e.debit_account_id join ledger_accounts c on c.id = e.credit_account_id
  where e.reference = p_reference and e.purpose in ('PAYMENT', 'REVERSAL', 'DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT', 'CORRECTION')
$$;
