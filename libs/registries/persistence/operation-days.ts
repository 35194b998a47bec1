import { almatyDate, almatyWallClockSql, type Queryable } from '@mpp/platform';
import { NEAR_MIDNIGHT_MINUTES, type OperationsOfDay } from '../domain/period.js';

/**
 * When the first payment was debited; null without payments. Sorts by id, the order of scans, because that index finds the
 * first at once; a later scan cannot have been debited a day earlier.
 */
export async function findFirstDebit(queryable: Queryable): Promise<Date | null> {
  const [row] = await queryable.query<{ at: Date }[]>(
    'select at from qr_payments_to_reconcile where at is not null order by id limit 1',
  );
  return row?.at ?? null;
}

/**
 * The registry's operations by day, for `periodOf`: the database counts them, since there may be a million. It counts by
 * intervals of {@link NEAR_MIDNIGHT_MINUTES} first, which is fast; Almaty's midnight is the beginning of an interval.
 */
export async function countOperationsByDay(queryable: Queryable, registryId: string): Promise<OperationsOfDay[]> {
  return queryable.query(
    `with intervals as (
       select date_bin(make_interval(mins => $2), at, '2000-01-01Z') as starts, count(*)::int as operations
       from registry_rows where registry_id = $1 and at is not null group by 1),
     days as (
       select operations, ${almatyDate('starts')} as day, ${almatyWallClockSql('starts')}::time as starts,
         ${almatyWallClockSql('starts + make_interval(mins => $2)')}::time as ends
       from intervals)
     select to_char(day, 'YYYY-MM-DD') as day,
       coalesce(sum(operations) filter (where starts = '00:00'), 0)::int as first,
       coalesce(sum(operations) filter (where starts <> '00:00' and ends <> '00:00'), 0)::int as between,
       coalesce(sum(operations) filter (where ends = '00:00'), 0)::int as last
     from days group by days.day order by days.day`,
    [registryId, NEAR_MIDNIGHT_MINUTES],
  );
}
