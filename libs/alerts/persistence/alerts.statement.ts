import type { Queryable } from '@mpp/platform';
import type { Alert, AlertKind, NewAlert } from '../domain/alert.js';

/** Writes the alerts that were not raised before, and returns them. */
export async function insertAlerts(queryable: Queryable, alerts: readonly NewAlert[], at: Date): Promise<Alert[]> {
  return queryable.query(
    `insert into alerts (kind, subject, customer_id, details, raised_at)
     select *, $5::timestamptz from unnest($1::text[], $2::text[], $3::text[], $4::json[])
     on conflict on constraint alerts_once do nothing
     returning id, kind, subject, customer_id as "customerId", details, raised_at as "raisedAt"`,
    [
      alerts.map(({ kind }) => kind),
      alerts.map(({ subject }) => subject),
      alerts.map(({ customerId }) => customerId ?? null),
      alerts.map(({ details }) => (details ? JSON.stringify(details) : null)),
      at,
    ],
  );
}

/** The number of alerts of each kind that was ever raised. */
export async function countAlerts(queryable: Queryable): Promise<{ kind: AlertKind; number: number }[]> {
  return queryable.query('select kind, count(*)::int as number from alerts group by kind');
}
