-- Ranges (after_id, until_id] of the journal that can contain entries booked from p_from and before p_before. An entry of a process whose
-- clock was slow is later in the journal by at most late_by of its seal; entries without a seal are always included.
-- Called by the statements and balances of the past.
create or replace function ledger_id_ranges(p_from timestamptz, p_before timestamptz)
returns table (after_id bigint, until_id bigint) language sql stable as $$
  with edges as (select
      coalesce((select last_id from ledger_seals where booked_until < p_from order by booked_until desc, number desc limit 1),
        -9223372036854775808) as begins,
      coalesce((select last_id from ledger_seals
        where booked_until >= p_before + (select max(late_by) from ledger_seals) * interval '1 microsecond'
        order by booked_until, number limit 1), 9223372036854775807) as ends,
      (select last_id from ledger_seals order by number desc limit 1) as sealed)
  select begins, ends from edges
  union all select sealed, 9223372036854775807 from edges where ends < 9223372036854775807
$$;
