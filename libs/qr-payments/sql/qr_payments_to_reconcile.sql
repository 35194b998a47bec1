-- Payments as a registry is compared with them. Read by registries.
create or replace view qr_payments_to_reconcile as
  select p.id, p.customer_id, p.status, p.amount, p.merchant_mcc as mcc, p.debited_at as at, p.doubted_at,
    r.kaspi_operation_id, p.contradicted_by, p.contradicted_at, p.refunded_amount,
    r.received_at as receipt_at
  from qr_payments p left join receipts r on r.payment_id = p.id;
