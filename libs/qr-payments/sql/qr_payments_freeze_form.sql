-- Stores the values of a service form before checkout is sent (R37). Returns false if the payment changed since it was read.
-- Called by custom-checkout through qr-payments.
-- Raises qr_payments_one_form if another payment of the purchase has frozen other values.
create or replace function qr_payments_freeze_form(p_id uuid, p_version int, p_values json, p_at timestamptz) returns boolean
language plpgsql as $$
declare
  purchase text;
begin
  select kaspi_payment_id into purchase from qr_payments where id = p_id;
  -- One after the other: the second sees what the first one froze.
  perform pg_advisory_xact_lock(65100120, hashtext(purchase));
  update qr_payments set form_values = p_values, version = version + 1, updated_at = p_at
  where id = p_id and version = p_version and status = 'AWAITING_CHECKOUT' and form_values is null;
  if not found then
    return false;
  end if;
  if exists (select 1 from qr_payments where kaspi_payment_id = purchase and id <> p_id
      and form_values is not null and form_values::text <> p_values::text) then
    raise exception 'payment %: the purchase has frozen other values', p_id
      using errcode = 'check_violation', constraint = 'qr_payments_one_form';
  end if;
  return true;
end $$;
