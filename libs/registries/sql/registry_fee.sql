-- The fee of an amount at a rate in ten-thousandths of a percent, in tiyn, rounded half up (R28): 16 900,00 at 0,50 % is 84,50. A product and no
-- division, because numeric would round the quotient first.
-- Called by the discrepancies and the own registries.
create or replace function registry_fee(p_amount bigint, p_rate bigint) returns bigint
language sql immutable parallel safe as $$
  select round(p_amount::numeric * p_rate::numeric * 0.000001)::bigint
$$;
