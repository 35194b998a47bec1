-- Stores a message. With a lease it is claimed by the process that writes it, and its first attempt counts: that process makes the
-- attempt right after the commit, and any process may once the lease has ended.
-- Called by the outbox and by functions of other libs that write a message in their own statement, in the caller's transaction.
create or replace function outbox_enqueue(
  p_id uuid, p_topic text, p_key text, p_payload json, p_next_attempt_at timestamptz, p_lease uuid,
  p_deadline timestamptz, p_at timestamptz
) returns uuid language plpgsql as $$
begin
  perform platform_durable_commit();
  insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, lease, deadline, created_at)
  values (p_id, p_topic, p_key, p_payload, case when p_lease is null then 0 else 1 end, p_next_attempt_at, p_lease,
    p_deadline, p_at);
  return p_id;
end $$;
