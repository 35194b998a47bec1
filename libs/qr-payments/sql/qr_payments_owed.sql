-- Payments that are owed to Kaspi, by the books. For a payment that Kaspi contradicted (R36) the journal counts, not the status.
-- Read by the view registry_owed.
create or replace view qr_payments_owed as
select id, customer_id, mcc, at, amount, kaspi_operation_id from (
  select p.id, p.customer_id, p.merchant_mcc as mcc, p.debited_at as at, r.kaspi_operation_id,
    case when p.contradicted_at is not null then ledger_owed_to_kaspi(p.id::text)
      when p.status = 'CONFIRMED' then p.amount else 0 end as amount
  from qr_payments p left join receipts r on r.payment_id = p.id) p
where amount > 0;
