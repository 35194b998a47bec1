-- Accepted refunds as a registry is compared with them. Read by registries and settlements.
create or replace view refunds_to_reconcile as
  select id, refund_id, payment_id, customer_id, amount, status, created_at as at, kaspi_operation_id,
    case when status = 'CREDITED' and credited_account_id is null then 0 else amount end as credited
  from refunds where status <> 'REFUSED';
