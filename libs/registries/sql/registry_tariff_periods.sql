-- For each tariff the days from valid_from until before valid_until, for joins with many operations. A tariff with mcc null is for all MCCs
-- without a tariff of their own.
-- Read by the discrepancies.
create or replace view registry_tariff_periods as
select service, mcc, rate, valid_from,
  coalesce(lead(valid_from) over (partition by service, mcc order by valid_from), 'infinity') as valid_until
from registry_tariffs where replaced_at is null;
