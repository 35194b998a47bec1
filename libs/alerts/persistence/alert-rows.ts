import type { Queryable } from '@mpp/platform';
import type { Alert, AlertFilter, AlertKind, NewAlert } from '../domain/alert.js';

const COLUMNS = 'id, kind, subject, customer_id as "customerId", details, raised_at as "raisedAt"';

/** Those of them that were not raised before. */
export async function insertAlerts(queryable: Queryable, alerts: readonly NewAlert[], at: Date): Promise<Alert[]> {
  return queryable.query(
    `insert into alerts (kind, subject, customer_id, details, raised_at)
     select *, $5::timestamptz from unnest($1::text[], $2::text[], $3::text[], $4::json[])
     on conflict on constraint alerts_once do nothing
     returning ${COLUMNS}`,
    [
      alerts.map(({ kind }) => kind),
      alerts.map(({ subject }) => subject),
      alerts.map(({ customerId }) => customerId ?? null),
      alerts.map(({ details }) => (details ? JSON.stringify(details) : null)),
      at,
    ],
  );
}

/** How many there are of each kind. */
export async function countAlerts(queryable: Queryable): Promise<{ kind: AlertKind; number: number }[]> {
  return queryable.query('select kind, count(*)::int as number from alerts group by kind');
}

/** Newest first, from before this id on. */
export async function selectAlerts(
  queryable: Queryable,
  { kind, subject }: AlertFilter,
  limit: number,
  before: string | null,
): Promise<Alert[]> {
  return queryable.query(
    `select ${COLUMNS} from alerts
     where ($1::text is null or kind = $1) and ($2::text is null or subject = $2) and ($3::bigint is null or id < $3)
     order by id desc limit $4`,
    [kind ?? null, subject ?? null, before, limit],
  );
}
