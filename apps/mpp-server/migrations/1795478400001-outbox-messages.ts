import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class OutboxMessages1795478400001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Only what is still to be done. The payload is json, not jsonb: what is sent again must be the same to the byte.
      create table outbox_messages (
        id uuid primary key,
        topic text not null,
        key text not null,
        payload json not null,
        attempts int not null default 0 check (attempts >= 0),
        next_attempt_at timestamptz not null, -- while leased: when the lease ends
        lease uuid,
        deadline timestamptz,
        last_error text,
        created_at timestamptz not null
      ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
      create index outbox_messages_due on outbox_messages (topic, next_attempt_at);
      create index outbox_messages_key on outbox_messages (key);

      create table outbox_done (
        id uuid not null,
        topic text not null,
        key text not null,
        payload json not null,
        attempts int not null,
        last_error text,
        created_at timestamptz not null,
        done_at timestamptz not null,
        primary key (id, done_at)
      ) partition by range (done_at);
      create index outbox_done_key on outbox_done (key);
      create table outbox_done_default partition of outbox_done default;
      insert into platform_monthly_tables values ('outbox_done');

      -- Joins the caller's transaction. With a lease the message is born claimed by the process that writes it, its
      -- first attempt counted: that process sends it right after the commit, and anyone may once the lease is over.
      create function outbox_enqueue(
        p_id uuid, p_topic text, p_key text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
        p_deadline timestamptz, p_at timestamptz
      ) returns uuid language plpgsql as $$
      begin
        insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, lease, deadline, created_at)
        values (p_id, p_topic, p_key, p_payload, case when p_lease is null then 0 else 1 end, p_next_attempt_at, p_lease,
          p_deadline, p_at);
        return p_id;
      end $$;
    `);
  }
}
