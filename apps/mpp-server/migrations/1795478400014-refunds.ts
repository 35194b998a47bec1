import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class Refunds1795478400014 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(PAYMENTS);
    await runner.query(REFUNDS);
    await runner.query(GUARD);
    await runner.query(CALLS);
  }
}

const PAYMENTS = `
  -- What was refunded is never taken back.
  create function qr_payments_guard_refunded() returns trigger language plpgsql as $$
  begin
    if new.refunded_amount < old.refunded_amount or new.debited_at is null then
      raise exception 'payment %: what was refunded stays refunded', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger qr_payments_guard_refunded before update on qr_payments for each row
    when (new.refunded_amount is distinct from old.refunded_amount) execute function qr_payments_guard_refunded();
  alter table qr_payments enable always trigger qr_payments_guard_refunded;
`;

const REFUNDS = `
  -- Every decision about a refundId, refusals included, as it was answered (R17, R18).
  create table refunds (
    id uuid primary key,
    refund_id text not null check (char_length(refund_id) between 1 and 64),
    fingerprint text not null,          -- of what counts in the request (R17)
    result_code text not null check (result_code in ('SUCCESS', 'PARAM_ILLEGAL')),
    result_message text not null check (char_length(result_message) <= 256),
    refusal text,                       -- why, for operators
    status text not null check (status in ('REFUSED', 'ACCEPTED', 'SUSPENDED', 'CREDITED')),
    customer_id text,                   -- these four of a refusal only where they could be read
    kaspi_payment_id text,
    payment_id uuid,
    amount bigint check (amount > 0),
    account_id uuid,                    -- what the payment was debited from
    link_receipt text,                  -- as they came, never re-encoded (R32)
    pdf_receipt text,
    kaspi_operation_id text,
    credit_by timestamptz,              -- one hour from our SUCCESS (R21)
    next_escalation_at timestamptz,     -- null once there is nothing to remind of
    suspended_at timestamptz,
    credited_at timestamptz,
    credited_account_id uuid,           -- null where it was settled against a reversal (R19)
    created_at timestamptz not null,
    constraint refunds_refund_id unique (refund_id),
    constraint refunds_refused check ((status = 'REFUSED') = (result_code <> 'SUCCESS')
      and (status = 'REFUSED') = (refusal is not null)),
    constraint refunds_accepted check (status = 'REFUSED' or (customer_id is not null and kaspi_payment_id is not null
      and payment_id is not null and amount is not null and account_id is not null and credit_by is not null)),
    constraint refunds_credited check ((status = 'CREDITED') = (credited_at is not null)),
    constraint refunds_suspended check (status <> 'SUSPENDED' or suspended_at is not null),
    constraint refunds_escalates check (next_escalation_at is null or status in ('ACCEPTED', 'SUSPENDED'))
  ) with (fillfactor = 80);
  create index refunds_of_customer on refunds (customer_id, created_at desc, id desc) where customer_id is not null;
  create index refunds_of_purchase on refunds (kaspi_payment_id, created_at desc, id desc)
    where kaspi_payment_id is not null;
  create index refunds_of_payment on refunds (payment_id) where payment_id is not null;
  create index refunds_by_age on refunds (created_at desc, id desc);
  create index refunds_operation on refunds (kaspi_operation_id) where kaspi_operation_id is not null;
  -- Small: what is not on the customer's account yet.
  create index refunds_waiting on refunds (credit_by) where status in ('ACCEPTED', 'SUSPENDED');
  create index refunds_escalating on refunds (next_escalation_at) where next_escalation_at is not null;
`;

const GUARD = `
  create function refunds_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.refund_id, new.fingerprint, new.result_code, new.result_message, new.refusal, new.customer_id,
        new.kaspi_payment_id, new.payment_id, new.amount, new.account_id, new.credit_by, new.created_at)
      is distinct from (old.id, old.refund_id, old.fingerprint, old.result_code, old.result_message, old.refusal,
        old.customer_id, old.kaspi_payment_id, old.payment_id, old.amount, old.account_id, old.credit_by, old.created_at)
      or (new.status <> old.status and (old.status, new.status) not in (('ACCEPTED', 'SUSPENDED'),
        ('ACCEPTED', 'CREDITED'), ('SUSPENDED', 'CREDITED')))
      or (old.credited_at is not null and (new.credited_at, new.credited_account_id)
        is distinct from (old.credited_at, old.credited_account_id))
    then
      raise exception 'refund %: what was decided stays decided', old.refund_id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger refunds_guard before update on refunds for each row execute function refunds_guard();
  create trigger refunds_keep before delete on refunds for each row execute function platform_refuse();
  create trigger refunds_keep_all before truncate on refunds execute function platform_refuse();
  alter table refunds enable always trigger refunds_guard;
  alter table refunds enable always trigger refunds_keep;
  alter table refunds enable always trigger refunds_keep_all;

  -- At the commit the payment says what its refunds sum up to, whoever wrote which of them.
  create function refunds_agree(p_payment uuid) returns void language plpgsql as $$
  begin
    if (select refunded_amount from qr_payments where id = p_payment) is distinct from
      (select coalesce(sum(amount), 0)::bigint from refunds where payment_id = p_payment and status <> 'REFUSED') then
      raise exception 'payment %: its refunds do not sum up to what is refunded', p_payment
        using errcode = 'check_violation', constraint = 'refunds_agree_with_payment';
    end if;
  end $$;
  -- And each refund is of that payment: the same purchase, customer and account.
  create function refunds_check_sum() returns trigger language plpgsql as $$
  begin
    perform refunds_agree(new.payment_id);
    if not exists (select 1 from qr_payments p where p.id = new.payment_id and p.customer_id = new.customer_id
        and p.kaspi_payment_id = new.kaspi_payment_id and p.account_id = new.account_id) then
      raise exception 'refund % is not of its payment', new.refund_id
        using errcode = 'check_violation', constraint = 'refunds_of_their_payment';
    end if;
    return null;
  end $$;
  create function refunds_check_payment() returns trigger language plpgsql as $$
  begin
    perform refunds_agree(new.id);
    return null;
  end $$;
  create constraint trigger refunds_sum after insert on refunds deferrable initially deferred
    for each row when (new.status <> 'REFUSED') execute function refunds_check_sum();
  create constraint trigger refunds_sum_of_payment after update on qr_payments deferrable initially deferred
    for each row when (new.refunded_amount is distinct from old.refunded_amount) execute function refunds_check_payment();
  create constraint trigger refunds_sum_of_new_payment after insert on qr_payments deferrable initially deferred
    for each row when (new.refunded_amount > 0) execute function refunds_check_payment();

  -- A refund that says where its money is has it there by the journal: on an account of the customer's, in suspense, or
  -- against the reversal of its payment.
  create function refunds_check_credit() returns trigger language plpgsql as $$
  declare
    wanted uuid := case when new.status = 'SUSPENDED' then '00000000-0000-7000-8000-000000000006'
      else coalesce(new.credited_account_id, '00000000-0000-7000-8000-000000000004') end;
  begin
    if not exists (select 1 from ledger_entries e
        where e.reference = new.id::text and e.purpose in ('REFUND', 'REFUND_RELEASE') and e.amount = new.amount
          and e.credit_account_id = wanted)
      or (new.credited_account_id is not null and not exists (select 1 from ledger_accounts a
        where a.id = new.credited_account_id and a.customer_id = new.customer_id))
      or (new.status = 'CREDITED' and new.credited_account_id is null and not exists (select 1 from qr_payments p
        where p.id = new.payment_id and p.status in ('REVERSING', 'REVERSED'))) then
      raise exception 'refund % is not where it says', new.refund_id
        using errcode = 'check_violation', constraint = 'refunds_credited_in_journal';
    end if;
    return null;
  end $$;
  create constraint trigger refunds_credit after insert or update on refunds deferrable initially deferred
    for each row when (new.status in ('SUSPENDED', 'CREDITED')) execute function refunds_check_credit();
  alter table refunds enable always trigger refunds_sum;
  alter table refunds enable always trigger refunds_credit;
  alter table qr_payments enable always trigger refunds_sum_of_payment;
  alter table qr_payments enable always trigger refunds_sum_of_new_payment;
`;

const CALLS = `
  -- Every call of the PS, repeats and what could not be read included.
  create table refund_calls (
    id uuid not null,
    refund_id text,         -- null where there was none that could be
    request_id text not null,
    body text,              -- the customer is masked; null where it was no JSON object
    http_status int not null,
    result_code text not null,
    remark text,
    received_at timestamptz not null,
    primary key (id, received_at)
  ) partition by range (received_at);
  create index refund_calls_refund on refund_calls (refund_id) where refund_id is not null;
  create table refund_calls_default partition of refund_calls default;
  insert into platform_monthly_tables values ('refund_calls');
`;
