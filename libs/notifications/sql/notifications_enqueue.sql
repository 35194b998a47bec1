-- Stores notifications and their outbox messages together with the change that causes them.
-- Called by notifications, in the caller's transaction.
create or replace function notifications_enqueue(
  p_ids uuid[], p_topic text, p_types text[], p_subjects text[], p_customer_ids text[], p_bodies text[], p_at timestamptz
) returns void language plpgsql as $$
begin
  insert into notifications (id, type, subject, customer_id, body, due_since, created_at)
  select id, type, subject, customer_id, body, p_at, p_at
  from unnest(p_ids, p_types, p_subjects, p_customer_ids, p_bodies) as e (id, type, subject, customer_id, body);
  perform outbox_enqueue(p_id => id, p_topic => p_topic, p_key => subject, p_payload => '{}', p_next_attempt_at => p_at,
    p_lease => null, p_deadline => null, p_at => p_at)
  from unnest(p_ids, p_subjects) as e (id, subject);
end $$;
