import { ForwardMigration } from './forward-migration.js';

export class NotificationsBaseline1795910400007 extends ForwardMigration {
  readonly sql = `
    -- The body is text: each attempt sends exactly the same bytes.
    create table notifications (
      id uuid primary key,
      type text not null check (type <> ''),
      subject text not null check (subject <> ''),
      customer_id text not null,
      body text not null check (body <> ''),
      status text not null default 'PENDING' check (status in ('PENDING', 'DELIVERED', 'FAILED')),
      attempts int not null default 0 check (attempts >= 0),
      due_since timestamptz not null,
      delivered_at timestamptz,
      last_error text,
      created_at timestamptz not null,
      constraint notifications_delivered check (status <> 'DELIVERED' or (delivered_at is not null and attempts > 0)),
      constraint notifications_failed check (status <> 'FAILED' or (last_error is not null and attempts > 0)),
      constraint notifications_due_since check (due_since >= created_at)
    ) with (fillfactor = 85);
    create index notifications_latest on notifications (created_at desc, id desc);
    create index notifications_subject on notifications (subject);
    create index notifications_customer on notifications (customer_id, created_at desc, id desc);
    -- Small, because nearly all are delivered.
    create index notifications_undelivered on notifications (status, created_at desc, id desc) where status <> 'DELIVERED';

    -- Every attempt, written before the call is sent. An attempt without an outcome may have arrived.
    create table notification_attempts (
      notification_id uuid not null,
      attempt int not null check (attempt > 0),
      started_at timestamptz not null,
      finished_at timestamptz,
      outcome text check (outcome in ('DELIVERED', 'REFUSED', 'NO_ANSWER')),
      http_status int,
      error text,
      primary key (notification_id, attempt, started_at),
      check ((finished_at is null) = (outcome is null)),
      check ((coalesce(outcome, 'NO_ANSWER') <> 'NO_ANSWER') = (http_status is not null))
    ) partition by range (started_at);
    create table notification_attempts_default partition of notification_attempts default;
    insert into platform_monthly_tables values ('notification_attempts');
  `;
}
