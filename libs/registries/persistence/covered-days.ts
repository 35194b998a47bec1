import type { DayRange } from '@mpp/kernel';
import { almatyDate, almatyWallClockSql, type Queryable } from '@mpp/platform';
import { NEAR_MIDNIGHT_MINUTES, type OperationsOfDay } from '../domain/period.js';
import type { CoveringRegistry } from '../domain/registry-calendar.js';

/** Registries that were compared with the books and are about any of these days, the oldest first. */
export async function selectCovering(queryable: Queryable, { from, to }: DayRange): Promise<CoveringRegistry[]> {
  return queryable.query(
    `select id, kind, to_char(period_from, 'YYYY-MM-DD') as "from", to_char(period_to, 'YYYY-MM-DD') as "to"
     from registries
     where status in ('RECONCILED', 'ACCEPTED') and kind in ('DAILY', 'MONTHLY') and period_to >= $1 and period_from <= $2
     order by received_at, id`,
    [from, to],
  );
}

/**
 * When the first payment was debited, null where none was. In the order of their ids, which is that of their scans: the
 * index leads there at once, however many there are, and the one behind it cannot have been debited a day earlier.
 */
export async function selectFirstDebit(queryable: Queryable): Promise<Date | null> {
  const [row] = await queryable.query<{ at: Date }[]>(
    'select at from qr_payments_to_reconcile where at is not null order by id limit 1',
  );
  return row?.at ?? null;
}

/**
 * What `periodOf` needs to know of a registry's rows, counted by the database: a million of them are some lines. They are
 * counted by pieces of time first, which is quick; Almaty's midnight is where a piece begins.
 */
export async function countByDay(queryable: Queryable, registryId: string): Promise<OperationsOfDay[]> {
  return queryable.query(
    `with pieces as (
       select date_bin(make_interval(mins => $2), at, '2000-01-01Z') as starts, count(*)::int as operations
       from registry_rows where registry_id = $1 and at is not null group by 1),
     days as (
       select operations, ${almatyDate('starts')} as day, ${almatyWallClockSql('starts')}::time as starts,
         ${almatyWallClockSql('starts + make_interval(mins => $2)')}::time as ends
       from pieces)
     select to_char(day, 'YYYY-MM-DD') as day,
       coalesce(sum(operations) filter (where starts = '00:00'), 0)::int as first,
       coalesce(sum(operations) filter (where starts <> '00:00' and ends <> '00:00'), 0)::int as between,
       coalesce(sum(operations) filter (where ends = '00:00'), 0)::int as last
     from days group by days.day order by days.day`,
    [registryId, NEAR_MIDNIGHT_MINUTES],
  );
}
