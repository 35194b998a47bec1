-- What is owed for each operation, by the books: purchases to Kaspi, refunds by Kaspi, in tiyn. An operation that operators have adjusted
-- is as Kaspi lists it, with the amount that the journal has; one whose adjustment was corrected away is not owed.
-- Read by settlements and own registries.
create or replace view registry_owed as
select 'PURCHASE' as type, p.id, p.id as payment_id, p.id::text as mpp_payment_id, p.at, p.customer_id, p.amount, p.mcc,
  p.kaspi_operation_id, null::bigint as payment_fee, null::bigint as service_fee
from qr_payments_owed p where not exists (select 1 from registry_adjustments a where a.id = p.id)
union all
select 'REFUND', f.id, f.payment_id, f.payment_id::text, f.at, f.customer_id, f.amount, null, f.kaspi_operation_id, null, null
from refunds_to_reconcile f where not exists (select 1 from registry_adjustments a where a.id = f.id)
union all
select a.type, a.id, a.payment_id, a.mpp_payment_id, a.at, a.customer_id, s.amount, a.mcc, a.kaspi_operation_id,
  a.payment_fee, a.service_fee
from registry_adjustments a cross join lateral (select registry_adjusted_amount(a) as amount) s
where s.amount > 0;
