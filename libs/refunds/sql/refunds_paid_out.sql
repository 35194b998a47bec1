-- What refunds of a payment gave or promised to this customer, in tiyn; null means any customer. A refund against a reversal gave nothing.
-- Called by the intake of refunds and by registries, before money is given to the customer.
create or replace function refunds_paid_out(p_payment uuid, p_customer text) returns bigint language sql stable as $$
  select coalesce(sum(
      case when ltrim(customer_id, '0') <> ltrim(p_customer, '0') or status = 'CREDITED' and credited_account_id is null then 0 else amount end
      - ledger_held_from_customer(id::text, p_customer)), 0)::bigint
  from refunds where payment_id = p_payment and status <> 'REFUSED'
$$;
