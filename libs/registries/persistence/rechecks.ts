import type { PaymentId } from '@mpp/kernel';
import { almatyDate, type Queryable } from '@mpp/platform';
import { COMPARED_STATUSES } from '../domain/registry-status.js';
import type { RecheckScope } from './discrepancies.sql.js';

/** Registries with open discrepancies other than totals, oldest first: the totals of stored rows do not change. */
export async function findRegistriesToRecheck(queryable: Queryable): Promise<string[]> {
  const rows = await queryable.query<{ id: string }[]>(
    `select g.id from registries g where g.status = any($1)
       and exists (select 1 from registry_discrepancies d where d.registry_id = g.id and d.status = 'OPEN'
         and d.kind <> 'TOTAL_MISMATCH')
     order by g.received_at, g.id`,
    [COMPARED_STATUSES],
  );
  return rows.map(({ id }) => id);
}

/** Monthly registries that cover a day of this daily one or the day before or after: near midnight, days may differ. */
export async function findMonthsOf(queryable: Queryable, registryId: string): Promise<string[]> {
  const rows = await queryable.query<{ id: string }[]>(
    `select m.id from registries g join registries m on m.kind = 'MONTHLY' and m.status = any($2)
       and daterange(m.period_from, m.period_to, '[]') && daterange(g.period_from - 1, g.period_to + 1, '[]')
     where g.id = $1 and g.kind = 'DAILY'`,
    [registryId, COMPARED_STATUSES],
  );
  return rows.map(({ id }) => id);
}

/** The open discrepancies of the registry except totals. */
export async function findOpenScope(queryable: Queryable, registryId: string): Promise<RecheckScope> {
  const [row] = await queryable.query<{ rows: number[]; absent: string[] }[]>(
    `select coalesce(array_agg(distinct row) filter (where kind not in ('TOTAL_MISMATCH', 'MISSING_AT_KASPI')), '{}') as rows,
       coalesce(array_agg(coalesce(refund, payment_id)) filter (where kind = 'MISSING_AT_KASPI'), '{}') as absent
     from registry_discrepancies where registry_id = $1 and status = 'OPEN'`,
    [registryId],
  );
  return { rows: row?.rows ?? [], absent: row?.absent ?? [], totals: false };
}

/**
 * Payments that were in doubt when a registry of their day was compared, that no registry lists, and that were confirmed later
 * by Kaspi's answer or an operator: only then is their absence a discrepancy.
 */
export async function findConfirmedAbsent(queryable: Queryable): Promise<{ registryId: string; payments: string[] }[]> {
  return queryable.query<{ registryId: string; payments: string[] }[]>(
    `select g.id as "registryId", array_agg(p.id) as payments
     from qr_payments_to_reconcile p join registries g on g.status = any($1)
       and ${almatyDate('p.at')} between g.period_from and g.period_to
     where p.doubted_at is not null and p.status = 'CONFIRMED'
       and not exists (select 1 from registry_rows x join registries a on a.id = x.registry_id
         where x.payment_id = p.id and x.type is distinct from 'REFUND' and a.kind = g.kind and a.status = any($1))
       and not exists (select 1 from registry_discrepancies d
         where d.registry_id = g.id and d.kind = 'MISSING_AT_KASPI' and d.subject = 'payment:' || p.id)
     group by g.id, g.received_at order by g.received_at, g.id`,
    [COMPARED_STATUSES],
  );
}

/**
 * Payments in doubt that a registry lists as confirmed, with the same amount and customer, unless it or a newer registry lists
 * them as not confirmed. Searches reconciled registries, and `readRegistry`, whose rows are all stored.
 */
export async function findConfirmedInDoubt(
  queryable: Queryable,
  readRegistry: string | null,
): Promise<{ paymentId: PaymentId; registryId: string }[]> {
  return queryable.query<{ paymentId: PaymentId; registryId: string }[]>(
    `select distinct on (p.id) p.id as "paymentId", r.registry_id as "registryId"
     from qr_payments_to_reconcile p join registry_rows r on r.payment_id = p.id join registries g on g.id = r.registry_id
     where p.doubted_at is not null and p.status = 'IN_DOUBT' and (g.status = any($2) or g.id = $1)
       and r.type = 'PURCHASE' and r.confirmed and r.amount = p.amount
       and ltrim(r.customer_id, '0') = ltrim(p.customer_id, '0')
       and not exists (select 1 from registry_rows x join registries n on n.id = x.registry_id
         where x.payment_id = p.id and x.type = 'PURCHASE' and not x.confirmed
           and (n.id = g.id or n.status = any($2) and (n.received_at, n.id) > (g.received_at, g.id)))
     order by p.id, g.received_at`,
    [readRegistry, COMPARED_STATUSES],
  );
}
