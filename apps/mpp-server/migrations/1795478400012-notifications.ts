import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

const OUTBOX = `
  -- What is due, in order of its deadline. The third column is read in the index: what waits for a later attempt costs no
  -- visit of the table.
  create index outbox_messages_deadline on outbox_messages (topic, deadline, next_attempt_at) where deadline is not null;
  -- A message that an operator brings back keeps it.
  alter table outbox_done add column deadline timestamptz;
`;

const NOTIFICATIONS = `
  -- What the participant's gateway is told, once per event. The body is text: every attempt sends the same to the byte.
  create table notifications (
    id uuid primary key, -- webhook-id, and the id of the outbox's message
    type text not null check (type <> ''),
    subject text not null check (subject <> ''), -- a payment's or a refund's id
    customer_id text not null,
    body text not null check (body <> ''),
    status text not null default 'PENDING' check (status in ('PENDING', 'DELIVERED', 'FAILED')),
    attempts int not null default 0 check (attempts >= 0),
    due_since timestamptz not null, -- its creation, or the latest time that an operator had it sent again
    delivered_at timestamptz, -- the latest delivery
    last_error text,
    created_at timestamptz not null,
    constraint notifications_delivered check (status <> 'DELIVERED' or (delivered_at is not null and attempts > 0)),
    constraint notifications_failed check (status <> 'FAILED' or (last_error is not null and attempts > 0)),
    constraint notifications_due_since check (due_since >= created_at)
  ) with (fillfactor = 85);
  create index notifications_latest on notifications (created_at desc, id desc);
  create index notifications_subject on notifications (subject);
  create index notifications_customer on notifications (customer_id, created_at desc, id desc);
  -- Small: nearly all are delivered.
  create index notifications_undelivered on notifications (status, created_at desc, id desc) where status <> 'DELIVERED';

  -- What may never be taken back, whoever writes: what was told, about what, to whom.
  create function notifications_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.type, new.subject, new.customer_id, new.body, new.created_at)
        is distinct from (old.id, old.type, old.subject, old.customer_id, old.body, old.created_at)
      or new.attempts < old.attempts or new.due_since < old.due_since
    then
      raise exception 'notification %: what is told stays as it is', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger notifications_guard before update on notifications for each row execute function notifications_guard();
  create trigger notifications_keep before delete on notifications for each row execute function platform_refuse();
  create trigger notifications_keep_all before truncate on notifications execute function platform_refuse();
  alter table notifications enable always trigger notifications_guard;
  alter table notifications enable always trigger notifications_keep;
  alter table notifications enable always trigger notifications_keep_all;
`;

const ATTEMPTS = `
  -- Every attempt: the row is there before the call leaves. Without an outcome it may have arrived.
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

const ENQUEUE = `
  -- Joins the caller's transaction: what happens and what is told about it are committed together.
  create function notifications_enqueue(
    p_ids uuid[], p_topic text, p_types text[], p_subjects text[], p_customer_ids text[], p_bodies text[], p_at timestamptz
  ) returns void language plpgsql as $$
  begin
    insert into notifications (id, type, subject, customer_id, body, due_since, created_at)
    select id, type, subject, customer_id, body, p_at, p_at
    from unnest(p_ids, p_types, p_subjects, p_customer_ids, p_bodies) as e (id, type, subject, customer_id, body);
    perform outbox_enqueue(id, p_topic, subject, '{}', p_at, null, null, p_at)
    from unnest(p_ids, p_subjects) as e (id, subject);
  end $$;
`;

export class Notifications1795478400012 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(OUTBOX);
    await runner.query(NOTIFICATIONS);
    await runner.query(ATTEMPTS);
    await runner.query(ENQUEUE);
  }
}
