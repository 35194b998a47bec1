-- Has the decision about a refund wait for the disk, also a refusal, with which no entry and no message is written (R17).
-- Trigger on every new decision.
create or replace function refunds_durable() returns trigger language plpgsql
set search_path from current as $$
begin
  perform platform_durable_commit();
  return null;
end $$;

create or replace trigger refunds_durable after insert on refunds for each statement execute function refunds_durable();
alter table refunds enable always trigger refunds_durable;
