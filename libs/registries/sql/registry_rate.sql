-- The rate of the tariff for one operation, in ten-thousandths of a percent; null if there is none.
-- Called by the own registries.
create or replace function registry_rate(p_service text, p_mcc text, p_day date) returns bigint
language sql stable parallel safe as $$
  select rate from registry_tariffs
  where replaced_at is null and service = p_service and (mcc = p_mcc or mcc is null) and valid_from <= p_day
  order by mcc nulls last, valid_from desc limit 1
$$;
