import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** Static and Custom, cancelling, expiry, limits, doubt settled by people, late contradictions. */
export class QrPaymentsWholeLife1795478400010 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMNS);
    await runner.query(GUARD);
    await runner.query(DECIDE);
    await runner.query(FREEZE);
    await runner.query(EXPIRE);
  }
}

const COLUMNS = `
  alter table qr_payments
    add column expires_at timestamptz,      -- the last moment for a confirm, margin and all; null once nobody waits for one
    add column service json,                -- Custom: the form as the PS sent it
    add column form_values json,            -- Custom: what checkout was asked with, frozen before it was first sent (R37)
    add column settled_by text check (settled_by in ('KASPI', 'OPERATOR', 'REFUND', 'REGISTRY')),
    add column doubted_at timestamptz,      -- when it became IN_DOUBT; it stays
    add column contradicted_by text,        -- what the PS said after it had been settled otherwise (R36)
    add column contradicted_at timestamptz;

  -- As the settings' defaults would have it: what waited before this migration knew no such moment.
  update qr_payments set expires_at = coalesce(confirm_until - interval '2 seconds', answered_at + interval '15 minutes')
    where status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION');
  update qr_payments set settled_by = 'KASPI' where status in ('CONFIRMED', 'REVERSED');
  update qr_payments set doubted_at = updated_at where status = 'IN_DOUBT';

  alter table qr_payments
    drop constraint qr_payments_notify_result_check,
    add constraint qr_payments_notify_result_check
      check (notify_result in ('SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL', 'RISK_REJECT')),
    add constraint qr_payments_waiting check ((expires_at is not null)
      = (status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION'))),
    add constraint qr_payments_settled check ((settled_by is not null) = (status in ('CONFIRMED', 'REVERSED'))),
    add constraint qr_payments_form check ((service is not null) = (qr_code_type = 'Custom')),
    add constraint qr_payments_priced check (status <> 'AWAITING_CONFIRMATION' or amount is not null),
    add constraint qr_payments_filled_in check (qr_code_type <> 'Custom' or amount is null or form_values is not null),
    -- What is told to the PS is a whole number of tenge (R3).
    add constraint qr_payments_whole_tenge check (qr_code_type = 'Dynamic' or amount % 100 = 0),
    -- What the PS is told belongs to what happened (R14, R15, R35). Null: nothing to tell, or not decided yet.
    add constraint qr_payments_told check (case
      when status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION') then notify_result is null
      when status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then notify_result is not distinct from 'SUCCESS'
      when status in ('REVERSING', 'REVERSED') then coalesce(notify_result, '') in ('SUCCESS', 'PROCESS_FAIL')
      when status = 'DECLINED' then coalesce(notify_result, '') in ('PROCESS_FAIL', 'RISK_REJECT')
      when status in ('CANCELLED', 'EXPIRED') then coalesce(notify_result, 'CANCELLED_BY_CLIENT') = 'CANCELLED_BY_CLIENT'
      else true end),
    add constraint qr_payments_contradiction check ((contradicted_at is null) = (contradicted_by is null)
      and (contradicted_at is null or settled_by is not null));

  -- Small, and of columns that settling does not touch: an index over status would cost every settlement a new entry in
  -- each index of the table.
  create index qr_payments_expiring on qr_payments (expires_at) where expires_at is not null;
  create index qr_payments_doubted on qr_payments (doubted_at) where doubted_at is not null;
  create index qr_payments_contradicted on qr_payments (contradicted_at) where contradicted_at is not null;
  create index qr_payments_by_age on qr_payments (created_at desc, id desc);
  create index qr_payments_debits_of_customer on qr_payments (customer_id, debited_at) where debited_at is not null;
`;

const GUARD = `
  -- What may never be taken back, whoever writes: the debit, what the PS is told (R35), the form's values once the PS may
  -- have priced them (R37), and an end with whoever brought it about.
  create or replace function qr_payments_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.kaspi_payment_id, new.customer_id, new.qr_code_type)
        is distinct from (old.id, old.kaspi_payment_id, old.customer_id, old.qr_code_type)
      or (old.debited_at is not null and (new.debited_at, new.amount, new.account_id)
        is distinct from (old.debited_at, old.amount, old.account_id))
      or (old.notify_result is not null and new.notify_result is distinct from old.notify_result)
      or (old.form_values is not null and (new.form_values::text, new.service::text)
        is distinct from (old.form_values::text, old.service::text))
      or (old.contradicted_at is not null and (new.contradicted_at, new.contradicted_by)
        is distinct from (old.contradicted_at, old.contradicted_by))
      or (old.status in ('CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED')
        and (new.status, new.settled_by) is distinct from (old.status, old.settled_by))
      or (old.status = 'IN_DOUBT' and new.status = 'PROCESSING')
      or new.version < old.version
    then
      raise exception 'payment %: what is settled stays settled', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
`;

const DECIDE = `
  drop function qr_payments_confirm;

  -- Writes what was decided of a payment that is not debited: status and history; the notify and, where this process
  -- sends it at once, the record of its first attempt (R9); the debit. All of it or nothing: false where the payment is
  -- no longer the one that was read. Fails on qr_payments_one_debit where somebody else paid the purchase meanwhile
  -- (R33), on ledger_accounts_no_overdraft where the money was spent meanwhile, on qr_payments_account_usable where the
  -- account was closed, and on qr_payments_daily_limit where other debits of the customer came in between. Limits that
  -- are off are null.
  create function qr_payments_decide(
    p_id uuid, p_version int, p_from text, p_status text, p_at timestamptz, p_amount bigint, p_failure text, p_reason text,
    p_notify_result text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
    p_request_id text, p_request text,
    p_debit_account uuid, p_credit_account uuid,
    p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
  ) returns boolean language plpgsql as $$
  declare
    customer text;
    debits record;
  begin
    update qr_payments set
      status = p_status, version = p_version, updated_at = p_at, amount = p_amount, failure_code = p_failure,
      notify_result = p_notify_result, expires_at = null,
      account_id = p_debit_account, debited_at = case when p_debit_account is not null then p_at end
    where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and notify_result is null
    returning customer_id into customer;
    if not found then
      return false;
    end if;
    if p_from <> p_status then
      insert into qr_payment_history (payment_id, version, status, reason, at)
      values (p_id, p_version, p_status, coalesce(p_reason, p_failure), p_at);
    end if;
    if p_notify_result is not null then
      perform outbox_enqueue(p_message, p_topic, p_id::text, p_payload, p_next_attempt_at, p_lease, null, p_at);
      if p_lease is not null then
        perform kaspi_exchange_begin(p_request_id, 1, 'notifyPayment', p_id, p_request, p_at);
      end if;
    end if;
    if p_debit_account is not null then
      if not exists (select 1 from ledger_paying_account(customer, p_debit_account)) then
        raise exception 'payment %: the account cannot be used', p_id
          using errcode = 'check_violation', constraint = 'qr_payments_account_usable';
      end if;
      if p_daily_sum is not null or p_daily_count is not null then
        -- One debit of a customer at a time: each sees those before it, this one included.
        perform pg_advisory_xact_lock(65100119, hashtext(customer));
        select sum(amount) as total, count(*) as number into debits from qr_payments
        where customer_id = customer and debited_at >= p_day_begins and status <> 'REVERSED';
        if debits.total > p_daily_sum or debits.number > p_daily_count then
          raise exception 'payment %: the customer''s limit of the day', p_id
            using errcode = 'check_violation', constraint = 'qr_payments_daily_limit';
        end if;
      end if;
      perform ledger_post('PAYMENT', p_id::text, p_debit_account, p_credit_account, p_amount, p_at);
    end if;
    return true;
  end $$;
`;

const FREEZE = `
  -- Writes down what checkout is about to be asked with. To the PS there is one purchase under a paymentId and one set of
  -- values (R37): fails on qr_payments_one_form where somebody else's payment of it has frozen different ones. False where
  -- the payment is no longer the one that was read.
  create function qr_payments_freeze_form(p_id uuid, p_version int, p_values json, p_at timestamptz) returns boolean
  language plpgsql as $$
  declare
    purchase text;
  begin
    update qr_payments set form_values = p_values, version = version + 1, updated_at = p_at
    where id = p_id and version = p_version and status = 'AWAITING_CHECKOUT' and form_values is null
    returning kaspi_payment_id into purchase;
    if not found then
      return false;
    end if;
    -- One after the other: the second sees what the first one froze.
    perform pg_advisory_xact_lock(65100120, hashtext(purchase));
    if exists (select 1 from qr_payments where kaspi_payment_id = purchase and id <> p_id
        and form_values is not null and form_values::text <> p_values::text) then
      raise exception 'payment %: the purchase was asked with other values', p_id
        using errcode = 'check_violation', constraint = 'qr_payments_one_form';
    end if;
    return true;
  end $$;
`;

const EXPIRE = `
  -- Ends up to p_limit payments whose time is over, the longest over first, and returns them. Whatever somebody else is
  -- deciding at this moment is left to them.
  create function qr_payments_expire(p_now timestamptz, p_limit int) returns setof uuid language plpgsql as $$
  begin
    return query
      with due as (
        select p.id from qr_payments p where p.expires_at < p_now order by p.expires_at limit p_limit for update skip locked),
      expired as (
        update qr_payments p set status = 'EXPIRED', version = p.version + 1, updated_at = p_now, expires_at = null,
          failure_code = 'CONFIRMED_TOO_LATE'
        from due where p.id = due.id
        returning p.id, p.version),
      history as (
        insert into qr_payment_history (payment_id, version, status, reason, at)
        select e.id, e.version, 'EXPIRED', 'CONFIRMED_TOO_LATE', p_now from expired e)
      select e.id from expired e;
  end $$;
`;
