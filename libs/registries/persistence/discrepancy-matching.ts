import type { Queryable } from '@mpp/platform';
import type { DiscrepancyKind } from '../domain/discrepancy.js';
import { discrepancyParameters, FOUND_DISCREPANCIES, type RecheckScope } from './discrepancies.sql.js';

/** A discrepancy that is new or has new values. */
export interface ChangedDiscrepancy {
  readonly kind: DiscrepancyKind;
  readonly paymentId: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly proposal: 'REVERSE' | null;
}

/**
 * Stores the discrepancies in the scope, null for the whole registry, each once. The status and note of an operator stay; one
 * that the server closed opens again if it is found again.
 */
export async function saveDiscrepancies(
  tx: Queryable,
  registryId: string,
  scope: RecheckScope | null,
  at: Date,
): Promise<ChangedDiscrepancy[]> {
  return tx.query<ChangedDiscrepancy[]>(
    `with ${FOUND_DISCREPANCIES}, saved as (
       insert into registry_discrepancies as d (registry_id, kind, subject, row, kaspi_operation_id, mpp_payment_id, payment_id,
         refund, expected, actual, proposal, status, found_at, changed_at)
       select $1, kind, subject, row, kaspi_operation_id, mpp_payment_id, payment_id, refund, expected, actual, proposal,
         'OPEN', $8, $8 from found order by row nulls last, kind, subject
       on conflict (registry_id, kind, subject) do update set status = 'OPEN', closed_by_itself = false,
         expected = excluded.expected, actual = excluded.actual, proposal = excluded.proposal, changed_at = excluded.changed_at
       where d.closed_by_itself or d.status = 'OPEN' and (d.expected, d.actual, d.proposal)
         is distinct from (excluded.expected, excluded.actual, excluded.proposal)
       returning d.*),
     history as (
       insert into registry_discrepancy_history (discrepancy_id, at, status) select id, $8, status from saved)
     select kind, payment_id as "paymentId", expected, actual, proposal from saved`,
    [...discrepancyParameters(registryId, scope), at],
  );
}

/** Closes open discrepancies in the scope that are not found any more; returns their number. */
export async function closeExplained(
  tx: Queryable,
  registryId: string,
  scope: RecheckScope,
  at: Date,
): Promise<number> {
  const [row] = await tx.query<{ closed: number }[]>(
    `with ${FOUND_DISCREPANCIES}, explained as (
       select d.id, case when d.kind = 'MISSING_AT_KASPI' then (
           select format('%s, %s', a.name, x.row) from registry_rows x join registries a on a.id = x.registry_id
           where case when d.refund is null then x.payment_id = d.payment_id and x.type is distinct from 'REFUND'
             else x.refund = d.refund end and a.kind = (select kind from g) and a.status = any($5) order by a.received_at limit 1) end as note
       from registry_discrepancies d
       where d.registry_id = $1 and d.status = 'OPEN' and (d.kind, d.subject) not in (select kind, subject from found)
         and case when d.kind = 'TOTAL_MISMATCH' then $4 when d.kind = 'MISSING_AT_KASPI' then coalesce(d.refund, d.payment_id) = any($3)
           else d.row = any($2) end),
     closed as (
       update registry_discrepancies d set status = 'EXPLAINED', closed_by_itself = true, changed_at = $8,
         note = nullif(concat_ws('; ', d.note, explained.note), '')
       from explained where d.id = explained.id returning d.id, explained.note),
     history as (
       insert into registry_discrepancy_history (discrepancy_id, at, status, note) select id, $8, 'EXPLAINED', note from closed)
     select count(*)::int as closed from closed`,
    [...discrepancyParameters(registryId, scope), at],
  );
  return row?.closed ?? 0;
}
