import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** DEBITING and REVERSING: payments that a bank's core is asked about. */
export class QrPaymentsOutsideCore1795478400017 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMNS);
    await runner.query(GUARD);
    await runner.query(FACTS);
    await runner.query(LIMITS);
    await runner.query(DECIDE);
    await runner.query(ASK);
    await runner.query(AGREE);
  }
}

const COLUMNS = `
  -- When an outside core was asked to debit. Null with the own ledger, and again once the core is known to have refused: the
  -- purchase is free for another customer then.
  alter table qr_payments add column debit_asked_at timestamptz;

  alter table qr_payments
    drop constraint qr_payments_settled_by_check,
    add constraint qr_payments_settled_by_check
      check (settled_by in ('KASPI', 'OPERATOR', 'REFUND', 'REGISTRY', 'DEADLINE')),
    drop constraint qr_payments_debited,
    add constraint qr_payments_debited check (case
      when status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then debited_at is not null and account_id is not null
        and amount is not null and notify_result is not null
      -- Given back, or being given back: a core that was asked may never have said that it had debited.
      when status in ('REVERSING', 'REVERSED') then coalesce(debited_at, debit_asked_at) is not null
        and account_id is not null and amount is not null and notify_result is not null
      when status = 'DEBITING' then debit_asked_at is not null and debited_at is null and account_id is not null
        and amount is not null
      else true end),
    add constraint qr_payments_debit_asked check (debit_asked_at is null
      or status in ('DEBITING', 'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED')),
    -- Only an outside core takes its time to give back.
    add constraint qr_payments_reversing check (status <> 'REVERSING' or debit_asked_at is not null),
    drop constraint qr_payments_settled,
    add constraint qr_payments_settled
      check ((settled_by is not null) = (status in ('CONFIRMED', 'REVERSING', 'REVERSED'))),
    drop constraint qr_payments_told,
    add constraint qr_payments_told check (case
      when status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'DEBITING') then notify_result is null
      when status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then notify_result is not distinct from 'SUCCESS'
      when status in ('REVERSING', 'REVERSED') then coalesce(notify_result, '') in ('SUCCESS', 'PROCESS_FAIL')
      when status = 'DECLINED' then coalesce(notify_result, '') in ('PROCESS_FAIL', 'RISK_REJECT')
      when status in ('CANCELLED', 'EXPIRED') then coalesce(notify_result, 'CANCELLED_BY_CLIENT') = 'CANCELLED_BY_CLIENT'
      else true end);

  -- R33: a purchase is debited once, ever, by whomever; one that a core was asked about may have been.
  drop index qr_payments_one_debit;
  create unique index qr_payments_one_debit on qr_payments (kaspi_payment_id)
    where debited_at is not null or debit_asked_at is not null;
  create index qr_payments_asked_of_customer on qr_payments (customer_id, debit_asked_at) where debit_asked_at is not null;
`;

const GUARD = `
  -- What may never be taken back, whoever writes: the debit, and that a core was asked for it, unless it refused; what the
  -- PS is told (R35); the form's values once the PS may have priced them (R37); and an end with whoever brought it about.
  create or replace function qr_payments_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.kaspi_payment_id, new.customer_id, new.qr_code_type)
        is distinct from (old.id, old.kaspi_payment_id, old.customer_id, old.qr_code_type)
      or (coalesce(old.debited_at, old.debit_asked_at) is not null and (new.amount, new.account_id)
        is distinct from (old.amount, old.account_id))
      or (old.debited_at is not null and new.debited_at is distinct from old.debited_at)
      or (old.debit_asked_at is not null and new.debit_asked_at is distinct from old.debit_asked_at
        and (new.debit_asked_at is not null or old.status <> 'DEBITING' or new.status <> 'DECLINED'))
      or (old.notify_result is not null and new.notify_result is distinct from old.notify_result)
      or (old.form_values is not null and (new.form_values::text, new.service::text)
        is distinct from (old.form_values::text, old.service::text))
      or (old.contradicted_at is not null and (new.contradicted_at, new.contradicted_by)
        is distinct from (old.contradicted_at, old.contradicted_by))
      or (old.status in ('CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED') and new.status <> old.status)
      or (old.settled_by is not null and new.settled_by is distinct from old.settled_by)
      or (old.status = 'IN_DOUBT' and new.status = 'PROCESSING')
      or (old.status = 'REVERSING' and new.status not in ('REVERSING', 'REVERSED'))
      or new.version < old.version
    then
      raise exception 'payment %: what is settled stays settled', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
`;

const FACTS = `
  create or replace function qr_payments_confirm_facts(p_id uuid, p_customer text, p_account uuid)
  returns table (payment qr_payments, paying_account uuid, paying_balance bigint, paid_by_another boolean)
  language plpgsql stable as $$
  begin
    return query
      select p, a.account_id, a.account_balance,
        exists (select 1 from qr_payments o
          where o.kaspi_payment_id = p.kaspi_payment_id and (o.debited_at is not null or o.debit_asked_at is not null)
            and o.id <> p.id)
      from qr_payments p left join lateral ledger_paying_account(p.customer_id, p_account) a on true
      where p.id = p_id and p.customer_id = p_customer;
  end $$;
`;

const LIMITS = `
  -- Fails on qr_payments_daily_limit where other debits of the customer came in between. Limits that are off are null.
  create function qr_payments_check_daily(
    p_id uuid, p_customer text, p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
  ) returns void language plpgsql as $$
  declare
    debits record;
  begin
    if p_daily_sum is null and p_daily_count is null then
      return;
    end if;
    -- One debit of a customer at a time: each sees those before it, this one included.
    perform pg_advisory_xact_lock(65100119, hashtext(p_customer));
    select * into debits from qr_payments_debits_since(p_customer, p_day_begins);
    if debits.total > p_daily_sum or debits.number > p_daily_count then
      raise exception 'payment %: the customer''s limit of the day', p_id
        using errcode = 'check_violation', constraint = 'qr_payments_daily_limit';
    end if;
  end $$;

  -- What the customer was debited since then and did not get back; what a core was asked for counts from that moment on.
  create function qr_payments_debits_since(p_customer text, p_since timestamptz)
  returns table (total bigint, number bigint) language sql stable as $$
    select coalesce(sum(amount), 0)::bigint, count(*) from qr_payments
    where customer_id = p_customer and status <> 'REVERSED'
      and (debit_asked_at >= p_since or (debited_at >= p_since and debit_asked_at is null))
  $$;
`;

const DECIDE = `
  create or replace function qr_payments_decide(
    p_id uuid, p_version int, p_from text, p_status text, p_at timestamptz, p_amount bigint, p_failure text, p_reason text,
    p_notify_result text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
    p_request_id text, p_request text,
    p_debit_account uuid, p_credit_account uuid,
    p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
  ) returns boolean language plpgsql as $$
  declare
    customer text;
  begin
    update qr_payments set
      status = p_status, version = p_version, updated_at = p_at, amount = p_amount, failure_code = p_failure,
      notify_result = p_notify_result, expires_at = null,
      account_id = p_debit_account, debited_at = case when p_debit_account is not null then p_at end
    where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and debit_asked_at is null
      and notify_result is null
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
        perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
      end if;
      perform ledger_post('PAYMENT', p_id::text, p_debit_account, p_credit_account, p_amount, p_at);
    end if;
    return true;
  end $$;
`;

const ASK = `
  -- Writes that a core is about to be asked to debit: status and history, the operation, and the message that asks. All of
  -- it or nothing: false where the payment is no longer the one that was read. Fails on qr_payments_one_debit where somebody
  -- else pays the purchase (R33), and on qr_payments_daily_limit.
  create function qr_payments_ask_debit(
    p_id uuid, p_version int, p_from text, p_at timestamptz, p_amount bigint,
    p_account uuid, p_core_account text, p_account_name text, p_operation uuid, p_description text,
    p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
    p_day_begins timestamptz, p_daily_sum bigint, p_daily_count bigint
  ) returns boolean language plpgsql as $$
  declare
    customer text;
  begin
    update qr_payments set
      status = 'DEBITING', version = p_version, updated_at = p_at, amount = p_amount, expires_at = null,
      account_id = p_account, debit_asked_at = p_at
    where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and notify_result is null
    returning customer_id into customer;
    if not found then
      return false;
    end if;
    perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
    insert into qr_payment_history (payment_id, version, status, at) values (p_id, p_version, 'DEBITING', p_at);
    perform core_operation_ask(p_operation, 'DEBIT', p_id, customer, p_account, p_core_account, p_account_name, p_amount,
      p_id::text, p_description, p_at);
    perform outbox_enqueue(p_message, p_topic, p_id::text, p_payload, p_next_attempt_at, p_lease, null, p_at);
    return true;
  end $$;
`;

const AGREE = `
  -- A payment of an outside core is where the record of what the core was asked, and the journal, say that it is: at the
  -- commit, whoever wrote which of them.
  create function qr_payments_check_core() returns trigger language plpgsql as $$
  declare
    agrees boolean;
  begin
    case
      when new.status = 'DEBITING' then
        agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT'
          and o.account_id = new.account_id and o.amount = new.amount);
      when new.status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then
        agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT' and o.state = 'DONE');
      when new.status in ('REVERSING', 'REVERSED') then
        agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'REVERSAL'
          and (o.state = 'DONE') = (new.status = 'REVERSED'))
          and (new.status = 'REVERSING' or new.debited_at is null or exists (select 1 from ledger_entries e
            where e.purpose = 'REVERSAL' and e.reference = new.id::text));
      else
        agrees := true;
    end case;
    if not agrees or (new.debited_at is not null) <> exists (
        select 1 from ledger_entries e where e.purpose = 'PAYMENT' and e.reference = new.id::text) then
      raise exception 'payment % is not where its core and the journal are', new.id
        using errcode = 'check_violation', constraint = 'qr_payments_agrees_with_core';
    end if;
    return null;
  end $$;
  create constraint trigger qr_payments_core after update on qr_payments deferrable initially deferred for each row
    when (new.debit_asked_at is not null and new.status is distinct from old.status)
    execute function qr_payments_check_core();
  alter table qr_payments enable always trigger qr_payments_core;
`;
