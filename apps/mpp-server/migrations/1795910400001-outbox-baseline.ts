import { ForwardMigration } from './forward-migration.js';

export class OutboxBaseline1795910400001 extends ForwardMigration {
  readonly sql = `
    -- Only messages that are not done. The payload is json, not jsonb: each attempt sends exactly the same bytes.
    create table outbox_messages (
      id uuid primary key,
      topic text not null,
      key text not null,
      payload json not null,
      attempts int not null default 0 check (attempts >= 0),
      next_attempt_at timestamptz not null,
      lease uuid,
      deadline timestamptz,
      last_error text,
      created_at timestamptz not null
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
    create index outbox_messages_due on outbox_messages (topic, next_attempt_at);
    create index outbox_messages_key on outbox_messages (key);
    -- Due messages by deadline. The third column is checked in the index: a message that waits for a later attempt costs no
    -- access to the table.
    create index outbox_messages_deadline on outbox_messages (topic, deadline, next_attempt_at) where deadline is not null;

    create table outbox_done (
      id uuid not null,
      topic text not null,
      key text not null,
      payload json not null,
      attempts int not null,
      deadline timestamptz,
      last_error text,
      created_at timestamptz not null,
      done_at timestamptz not null,
      primary key (id, done_at)
    ) partition by range (done_at);
    create index outbox_done_key on outbox_done (key);
    create table outbox_done_default partition of outbox_done default;
    insert into platform_monthly_tables values ('outbox_done');
  `;
}
