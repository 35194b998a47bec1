-- Refuses the operation: the table is append-only.
-- Trigger of the append-only tables of all libs. Raises restrict_violation.
create or replace function platform_refuse() returns trigger language plpgsql
set search_path from current as $$
begin
  raise exception '% of % is refused: the table is append-only', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;
