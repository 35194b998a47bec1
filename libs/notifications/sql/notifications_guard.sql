-- Content, subject and recipient of a notification never change; attempts and due_since only grow.
-- Trigger. Raises restrict_violation.
create or replace function notifications_guard() returns trigger language plpgsql
set search_path from current as $$
begin
  if (new.id, new.type, new.subject, new.customer_id, new.body, new.created_at)
      is distinct from (old.id, old.type, old.subject, old.customer_id, old.body, old.created_at)
    or new.attempts < old.attempts or new.due_since < old.due_since
  then
    raise exception 'notification %: its content and recipient cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace trigger notifications_guard before update on notifications
  for each row execute function notifications_guard();
alter table notifications enable always trigger notifications_guard;
