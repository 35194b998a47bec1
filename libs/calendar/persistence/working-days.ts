import type { BusinessDay } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { DayCorrection } from '../domain/working-days.js';

/** Who said so, and when. */
export interface KnownCorrection extends DayCorrection {
  readonly changedAt: Date;
  readonly changedBy: string;
}

const COLUMNS = `to_char(day, 'YYYY-MM-DD') as day, working, name, changed_at as "changedAt", changed_by as "changedBy"`;

/** All of them: some a year. */
export async function selectCorrections(queryable: Queryable): Promise<KnownCorrection[]> {
  return queryable.query(
    `select ${COLUMNS} from registry_working_days where working is not null order by registry_working_days.day`,
  );
}

/** Writes them over what was there, and returns those that it did not say already. */
export async function upsertCorrections(
  tx: Tx,
  corrections: readonly DayCorrection[],
  at: Date,
  by: string,
): Promise<KnownCorrection[]> {
  return tx.query(
    `insert into registry_working_days as known (day, working, name, changed_at, changed_by)
     select day, working, name, $4::timestamptz, $5
     from unnest($1::date[], $2::boolean[], $3::text[]) as given (day, working, name) order by given.day
     on conflict (day) do update set (working, name, changed_at, changed_by)
       = (excluded.working, excluded.name, excluded.changed_at, excluded.changed_by)
     where (known.working, known.name) is distinct from (excluded.working, excluded.name)
     returning ${COLUMNS.replace('(day,', '(known.day,')}`,
    [
      corrections.map(({ day }) => day),
      corrections.map(({ working }) => working),
      corrections.map(({ name }) => name),
      at,
      by,
    ],
  );
}

/** What was said of the day until now, null where that was nothing. Who takes it back, and when, is kept. */
export async function takeBackCorrection(
  tx: Tx,
  day: BusinessDay,
  at: Date,
  by: string,
): Promise<DayCorrection | null> {
  const [rows] = await tx.query<[DayCorrection[], number]>(
    `update registry_working_days known set working = null, name = null, changed_at = $2, changed_by = $3
     from (select day, working, name from registry_working_days where day = $1 and working is not null for update) was
     where known.day = was.day
     returning to_char(was.day, 'YYYY-MM-DD') as day, was.working, was.name`,
    [day, at, by],
  );
  return rows[0] ?? null;
}
