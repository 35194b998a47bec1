-- What the entries of an operation have taken from this customer and not given back, in tiyn; negative if they gave more. Null means any
-- customer; leading zeros do not count, because spreadsheets drop them. A reversal counts wherever its money went, because it is on its
-- way to the customer who paid. Corrected entries do not count.
-- Called by refunds and registries, before money is taken from or given to a customer.
create or replace function ledger_held_from_customer(p_reference text, p_customer text) returns bigint language sql stable as $$
  with entries as (
    select e.purpose, e.amount, d.kind as debited, c.kind as credited,
      p_customer is null or ltrim(d.customer_id, '0') = ltrim(p_customer, '0') as is_from_customer,
      p_customer is null or ltrim(c.customer_id, '0') = ltrim(p_customer, '0') as is_to_customer
    from ledger_entries e
      join ledger_accounts d on d.id = e.debit_account_id join ledger_accounts c on c.id = e.credit_account_id
    where e.reference = p_reference and e.purpose in ('PAYMENT', 'REVERSAL', 'DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT', 'CORRECTION')),
  payer as (select coalesce(bool_or(is_from_customer), false) as is_customer from entries where purpose = 'PAYMENT')
  select coalesce(sum(case
      when purpose = 'PAYMENT' and is_customer then amount
      when purpose = 'REVERSAL' and is_customer then -amount
      when debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'DIFFERENCES' and is_from_customer then amount
      when debited = 'DIFFERENCES' and credited in ('CUSTOMER', 'CORE_CUSTOMER') and is_to_customer then -amount
      else 0 end), 0)::bigint
  from entries cross join payer
$$;
