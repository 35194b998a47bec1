-- Everything that the decision about a confirm or a cancel needs, in one read. No row if the payment is not this customer's.
-- `purchase_result_of`: the status of the other payment of the purchase that has a result or a requested debit (R38), if any.
-- Called by confirm and cancel. A function, because PostgreSQL keeps its plan.
create or replace function qr_payments_decision_facts(p_id uuid, p_customer text, p_account uuid)
returns table (payment qr_payments, paying_account uuid, paying_balance bigint, purchase_result_of text)
language plpgsql stable as $$
begin
  return query
    select p, a.account_id, a.account_balance,
      (select o.status from qr_payments o
        where o.kaspi_payment_id = p.kaspi_payment_id and (o.notify_result is not null or o.debit_requested_at is not null)
          and o.id <> p.id)
    from qr_payments p left join lateral ledger_paying_account(p.customer_id, p_account) a on true
    where p.id = p_id and p.customer_id = p_customer;
end $$;
