-- Has the commit of this transaction wait for the disk, and for a synchronous standby if there is one, also on a connection whose
-- synchronous_commit is weaker: the server's setting for its sessions reaches only some connections behind PgBouncer. A stronger
-- value stays.
-- Called by the functions and triggers that write what must not be forgotten once it is answered or sent: journal entries, messages,
-- calls to Kaspi, operations at a core, decided refunds.
create or replace function platform_durable_commit() returns void language plpgsql as $$
begin
  if current_setting('synchronous_commit') in ('off', 'local', 'remote_write') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
end $$;
