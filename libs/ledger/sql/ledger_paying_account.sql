-- The account from which a customer pays: the requested one, else the oldest open one. No row if it is not the customer's or not open.
-- Called by qr_payments_confirm_facts and qr_payments_write_decision.
create or replace function ledger_paying_account(p_customer text, p_account uuid)
returns table (account_id uuid, account_balance bigint) language sql stable as $$
  select id, balance from ledger_accounts
  where kind = 'CUSTOMER' and customer_id = p_customer and status = 'OPEN' and (p_account is null or id = p_account)
  order by created_at, id limit 1
$$;
