import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class QrPayments1795478400005 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(PAYMENTS);
    await runner.query(GUARD);
    await runner.query(HISTORY);
    await runner.query(CONFIRM);
  }
}

const PAYMENTS = `
  create table qr_payments (
    id uuid primary key,
    kaspi_payment_id text not null check (kaspi_payment_id <> ''),
    customer_id text not null check (customer_id <> ''),
    qr_code_type text not null check (qr_code_type in ('Dynamic', 'Static', 'Custom')),
    status text not null check (status in ('AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'DEBITING',
      'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED')),
    version int not null default 0,
    amount bigint check (amount > 0),
    refunded_amount bigint not null default 0 check (refunded_amount >= 0 and refunded_amount <= coalesce(amount, 0)),
    account_id uuid,
    confirm_until timestamptz,      -- the PS's deadline; none is known where it is null (R8)
    answered_at timestamptz not null, -- the PS's last answer to scan: our own time limit counts from it (R16)
    merchant_id text,
    merchant_name text,
    merchant_mcc text,
    failure_code text,
    kaspi_result_code text,
    notify_result text check (notify_result in ('SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL')),
    debited_at timestamptz,
    confirmed_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint qr_payments_debited check (status not in ('PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED')
      or (debited_at is not null and account_id is not null and amount is not null and notify_result is not null)),
    constraint qr_payments_undebited check (status in ('DEBITING', 'PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED')
      or debited_at is null)
  ) with (fillfactor = 80);

  -- R33: a customer has one payment per purchase, and a purchase is debited once, ever, by whomever.
  create unique index qr_payments_of_purchase on qr_payments (kaspi_payment_id, customer_id);
  create unique index qr_payments_one_debit on qr_payments (kaspi_payment_id) where debited_at is not null;
  create index qr_payments_of_customer on qr_payments (customer_id, created_at desc, id desc);
`;

const GUARD = `
  -- What may never be taken back, whoever writes: the debit, what the PS is told (R35), and an end.
  create function qr_payments_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.kaspi_payment_id, new.customer_id) is distinct from (old.id, old.kaspi_payment_id, old.customer_id)
      or (old.debited_at is not null and (new.debited_at, new.amount, new.account_id)
        is distinct from (old.debited_at, old.amount, old.account_id))
      or (old.notify_result is not null and new.notify_result is distinct from old.notify_result)
      or (old.status in ('CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED') and new.status <> old.status)
    then
      raise exception 'payment %: what is settled stays settled', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger qr_payments_guard before update on qr_payments for each row execute function qr_payments_guard();
  create trigger qr_payments_keep before delete on qr_payments for each row execute function platform_refuse();
  create trigger qr_payments_keep_all before truncate on qr_payments execute function platform_refuse();
  alter table qr_payments enable always trigger qr_payments_guard;
  alter table qr_payments enable always trigger qr_payments_keep;
  alter table qr_payments enable always trigger qr_payments_keep_all;
`;

const HISTORY = `
  create table qr_payment_history (
    payment_id uuid not null,
    version int not null,
    status text not null,
    reason text,
    at timestamptz not null,
    primary key (payment_id, version, at)
  ) partition by range (at);
  create table qr_payment_history_default partition of qr_payment_history default;
  insert into platform_monthly_tables values ('qr_payment_history');
`;

// Functions, because PostgreSQL keeps their plans: planning the same statements anew costs as much as running them, and
// named prepared statements do not survive every PgBouncer.
const CONFIRM = `
  -- Everything that deciding a confirm needs, in one read. No row: the payment is not this customer's.
  create function qr_payments_confirm_facts(p_id uuid, p_customer text, p_account uuid)
  returns table (payment qr_payments, paying_account uuid, paying_balance bigint, paid_by_another boolean)
  language plpgsql stable as $$
  begin
    return query
      select p, a.account_id, a.account_balance,
        exists (select 1 from qr_payments o
          where o.kaspi_payment_id = p.kaspi_payment_id and o.debited_at is not null and o.id <> p.id)
      from qr_payments p left join lateral ledger_paying_account(p.customer_id, p_account) a on true
      where p.id = p_id and p.customer_id = p_customer;
  end $$;

  -- Writes what was decided: status and history; the notify and, where this process sends it at once, the record of its
  -- first attempt (R9); the debit. All of it or nothing: false where the payment is no longer the one that was read.
  -- Fails on qr_payments_one_debit where somebody else paid the purchase meanwhile (R33), and on
  -- ledger_accounts_no_overdraft where the money was spent meanwhile.
  create function qr_payments_confirm(
    p_id uuid, p_version int, p_status text, p_at timestamptz, p_failure text,
    p_notify_result text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
    p_request_id text, p_request text,
    p_debit_account uuid, p_credit_account uuid
  ) returns boolean language plpgsql as $$
  declare
    debited bigint;
  begin
    update qr_payments set
      status = p_status, version = p_version, updated_at = p_at, failure_code = p_failure, notify_result = p_notify_result,
      account_id = p_debit_account, debited_at = case when p_debit_account is not null then p_at end
    where id = p_id and version = p_version - 1 and debited_at is null
    returning amount into debited;
    if not found then
      return false;
    end if;
    insert into qr_payment_history (payment_id, version, status, reason, at)
    values (p_id, p_version, p_status, p_failure, p_at);
    if p_notify_result is not null then
      perform outbox_enqueue(p_message, p_topic, p_id::text, p_payload, p_next_attempt_at, p_lease, null, p_at);
      if p_lease is not null then
        perform kaspi_exchange_begin(p_request_id, 1, 'notifyPayment', p_id, p_request, p_at);
      end if;
    end if;
    if p_debit_account is not null then
      perform ledger_post('PAYMENT', p_id::text, p_debit_account, p_credit_account, debited, p_at);
    end if;
    return true;
  end $$;
`;
