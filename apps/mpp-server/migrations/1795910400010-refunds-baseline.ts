import { ForwardMigration } from './forward-migration.js';

export class RefundsBaseline1795910400010 extends ForwardMigration {
  readonly sql = `
    -- Every decision about a refundId, refusals included, with the answer that was given (R17, R18).
    create table refunds (
      id uuid primary key,
      refund_id text not null check (char_length(refund_id) between 1 and 64),
      fingerprint text not null,
      result_code text not null check (result_code in ('SUCCESS', 'PARAM_ILLEGAL')),
      result_message text not null check (char_length(result_message) <= 256),
      refusal text,
      status text not null check (status in ('REFUSED', 'ACCEPTED', 'SUSPENDED', 'CREDITED')),
      customer_id text,
      kaspi_payment_id text,
      payment_id uuid,
      amount bigint check (amount > 0),
      account_id uuid,
      link_receipt text,
      pdf_receipt text,
      kaspi_operation_id text,
      credit_by timestamptz,
      next_escalation_at timestamptz,
      suspended_at timestamptz,
      credited_at timestamptz,
      credited_account_id uuid,
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
    -- Small: refunds that are not credited yet.
    create index refunds_waiting on refunds (credit_by) where status in ('ACCEPTED', 'SUSPENDED');
    create index refunds_escalating on refunds (next_escalation_at) where next_escalation_at is not null;

    -- Every call of the PS, including repeats and unreadable ones.
    create table refund_calls (
      id uuid not null,
      refund_id text,
      request_id text not null,
      body text,
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
}
