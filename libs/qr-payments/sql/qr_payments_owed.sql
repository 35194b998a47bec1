-- Payments that are owed to Kaspi, by the books, on the day of their debit, or of the contradiction if there was none. For a payment that
-- Kaspi contradicted (R36) the journal counts, not the status. Two parts, so that a period is found by each part's index.
-- Read by the view registry_owed.
create or replace view qr_payments_owed as
select id, customer_id, mcc, at, amount, kaspi_operation_id from (
  select p.id, p.customer_id, p.merchant_mcc as mcc, p.debited_at as at, r.kaspi_operation_id,
    case when p.contradicted_at is not null then ledger_owed_to_kaspi(p.id::text)
      when p.status = 'CONFIRMED' then p.amount else 0 end as amount
  from qr_payments p left join receipts r on r.payment_id = p.id
  where p.debited_at is not null
  union all
  select p.id, p.customer_id, p.merchant_mcc, p.contradicted_at, r.kaspi_operation_id, ledger_owed_to_kaspi(p.id::text)
  from qr_payments p left join receipts r on r.payment_id = p.id
  where p.debited_at is null and p.contradicted_at is not null) p
where amount > 0;
