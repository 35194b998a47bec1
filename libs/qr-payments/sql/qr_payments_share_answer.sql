-- What the PS said last about a purchase counts for all its payments that wait for their customers in the same status, by whomever it
-- was asked (R43): amount, deadline, merchant. A customer whose amount is changed by another one's scan keeps the amount that they saw
-- (seen_amount), so that a confirm of the old amount is refused; `saved` is about to be shown. Returns `saved` as it is afterwards.
-- Called by qr_payments_save_scanned and qr_payments_write_priced, which hold the lock of the purchase.
create or replace function qr_payments_share_answer(saved qr_payments) returns qr_payments language plpgsql as $$
declare
  newest qr_payments;
begin
  if saved.expires_at is null then
    return saved;
  end if;
  select * into newest from qr_payments
  where kaspi_payment_id = saved.kaspi_payment_id and status = saved.status and qr_code_type = saved.qr_code_type
  order by answered_at desc, id = saved.id desc limit 1;
  update qr_payments p set version = p.version + 1, updated_at = saved.updated_at,
    amount = newest.amount, confirm_until = newest.confirm_until, answered_at = newest.answered_at, expires_at = newest.expires_at,
    merchant_id = coalesce(newest.merchant_id, p.merchant_id), merchant_name = coalesce(newest.merchant_name, p.merchant_name),
    merchant_mcc = coalesce(newest.merchant_mcc, p.merchant_mcc),
    seen_amount = nullif(coalesce(p.seen_amount, p.amount), newest.amount)
  where p.kaspi_payment_id = saved.kaspi_payment_id and p.status = saved.status and p.qr_code_type = saved.qr_code_type
    and p.id <> newest.id;
  update qr_payments set seen_amount = null where id = saved.id and seen_amount is not null;
  if newest.id <> saved.id or saved.seen_amount is not null then
    select * into saved from qr_payments where id = saved.id;
  end if;
  return saved;
end $$;
