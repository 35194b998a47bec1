import type { Queryable } from '@mpp/platform';
import type { BusinessDay, DayRange } from '../domain/business-day.js';
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

/** What `periodOf` needs to know of a registry's rows, counted by the database: a million of them are some lines. */
export async function countByDay(queryable: Queryable, registryId: string): Promise<OperationsOfDay[]> {
  return queryable.query<(OperationsOfDay & { readonly day: BusinessDay })[]>(
    `select to_char(local.at, 'YYYY-MM-DD') as day,
       (count(*) filter (where local.minute < $2))::int as first,
       (count(*) filter (where local.minute between $2 and 1439 - $2))::int as between,
       (count(*) filter (where local.minute > 1439 - $2))::int as last
     from registry_rows r,
       lateral (select r.at at time zone 'Asia/Almaty' as at,
         extract(hour from r.at at time zone 'Asia/Almaty') * 60 + extract(minute from r.at at time zone 'Asia/Almaty') as minute
       ) local
     where r.registry_id = $1 and r.at is not null
     group by 1 order by 1`,
    [registryId, NEAR_MIDNIGHT_MINUTES],
  );
}
