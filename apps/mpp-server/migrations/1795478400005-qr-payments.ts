import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class QrPayments1795478400005 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(PAYMENTS);
    await runner.query(GUARD);
    await runner.query(HISTORY);
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
