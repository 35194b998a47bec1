import type { PaymentId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';
import type { Scope } from './differences.js';

/** Registries that have open differences, the oldest first. */
export async function unsettledRegistries(queryable: Queryable): Promise<string[]> {
  const rows = await queryable.query<{ id: string }[]>(
    `select g.id from registries g where g.status in ('RECONCILED', 'ACCEPTED')
       and exists (select 1 from registry_discrepancies d where d.registry_id = g.id and d.status = 'OPEN')
     order by g.received_at, g.id`,
  );
  return rows.map(({ id }) => id);
}

/** Monthly registries that have days of this one. */
export async function monthsOver(queryable: Queryable, registryId: string): Promise<string[]> {
  const rows = await queryable.query<{ id: string }[]>(
    `select m.id from registries g join registries m on m.kind = 'MONTHLY' and m.status in ('RECONCILED', 'ACCEPTED')
       and daterange(m.period_from, m.period_to, '[]') && daterange(g.period_from, g.period_to, '[]')
     where g.id = $1 and g.kind = 'DAILY'`,
    [registryId],
  );
  return rows.map(({ id }) => id);
}

/** What is open of the registry. */
export async function openScope(queryable: Queryable, registryId: string): Promise<Scope> {
  const [row] = await queryable.query<{ rows: number[]; absent: string[]; sums: boolean }[]>(
    `select coalesce(array_agg(distinct row) filter (where kind not in ('TOTAL_MISMATCH', 'MISSING_AT_KASPI')), '{}') as rows,
       coalesce(array_agg(coalesce(refund, payment_id)) filter (where kind = 'MISSING_AT_KASPI'), '{}') as absent,
       coalesce(bool_or(kind = 'TOTAL_MISMATCH'), false) as sums
     from registry_discrepancies where registry_id = $1 and status = 'OPEN'`,
    [registryId],
  );
  return row ?? { rows: [], absent: [], sums: false };
}

/**
 * Payments in doubt that a registry says were confirmed, and about which it is right in every other respect, unless one says
 * of a later moment that they were not. Of registries that are reconciled, and of the one whose rows have all been read.
 */
export async function confirmedInDoubt(
  queryable: Queryable,
  readNow: string | null,
): Promise<{ paymentId: PaymentId; registryId: string }[]> {
  return queryable.query<{ paymentId: PaymentId; registryId: string }[]>(
    `select distinct on (p.id) p.id as "paymentId", r.registry_id as "registryId"
     from qr_payments_to_reconcile p join registry_rows r on r.payment_id = p.id join registries g on g.id = r.registry_id
     where p.doubted_at is not null and p.status = 'IN_DOUBT' and (g.status in ('RECONCILED', 'ACCEPTED') or g.id = $1)
       and r.type = 'PURCHASE' and r.confirmed and r.amount = p.amount
       and ltrim(coalesce(r.customer_id, p.customer_id), '0') = ltrim(p.customer_id, '0')
       and not exists (select 1 from registry_rows x where x.payment_id = p.id and x.type = 'PURCHASE' and not x.confirmed and x.at >= r.at)
     order by p.id, g.received_at`,
    [readNow],
  );
}
