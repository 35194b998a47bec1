import type { Queryable } from '@mpp/platform';
import type { DiscrepancyKind } from '../domain/discrepancy.js';
import { FOUND } from './differences.sql.js';

/** What of a registry is looked at again. */
export interface Scope {
  readonly rows: readonly number[];
  /** Payments and refunds that it lacks. */
  readonly absent: readonly string[];
  readonly sums: boolean;
}

/** A difference that is new, or not what it was. */
export interface Noticed {
  readonly kind: DiscrepancyKind;
  readonly paymentId: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly proposal: 'REVERSE' | null;
}

/**
 * Puts down what differs, each once, in the scope or in all of the registry. What people said of a difference stands; one
 * that closed by itself opens again where it is back.
 */
export async function keepDifferences(
  tx: Queryable,
  registryId: string,
  scope: Scope | null,
  at: Date,
): Promise<Noticed[]> {
  return tx.query<Noticed[]>(
    `with ${FOUND}, kept as (
       insert into registry_discrepancies as d (registry_id, kind, subject, row, kaspi_operation_id, mpp_payment_id, payment_id,
         refund, expected, actual, proposal, status, found_at, changed_at)
       select $1, kind, subject, row, kaspi_operation_id, mpp_payment_id, payment_id, refund, expected, actual, proposal,
         'OPEN', $5, $5 from found order by row nulls last, kind, subject
       on conflict (registry_id, kind, subject) do update set status = 'OPEN', closed_by_itself = false,
         expected = excluded.expected, actual = excluded.actual, proposal = excluded.proposal, changed_at = excluded.changed_at
       where d.closed_by_itself or d.status = 'OPEN' and (d.expected, d.actual, d.proposal)
         is distinct from (excluded.expected, excluded.actual, excluded.proposal)
       returning d.*),
     told as (
       insert into registry_discrepancy_history (discrepancy_id, at, status) select id, $5, status from kept)
     select kind, payment_id as "paymentId", expected, actual, proposal from kept`,
    [registryId, scope?.rows ?? null, scope?.absent ?? null, scope?.sums ?? true, at],
  );
}

/** Closes what is open in the scope and differs no longer; returns how many. */
export async function closeWhatAgrees(tx: Queryable, registryId: string, scope: Scope, at: Date): Promise<number> {
  const [row] = await tx.query<{ closed: number }[]>(
    `with ${FOUND}, gone as (
       select d.id, case when d.kind = 'MISSING_AT_KASPI' then (
           select format('%s, %s', a.name, x.row) from registry_rows x join registries a on a.id = x.registry_id
           where case when d.refund is null then x.payment_id = d.payment_id and x.type is distinct from 'REFUND'
             else x.refund = d.refund end and a.kind = (select kind from g) and a.status in ('RECONCILED', 'ACCEPTED') order by a.received_at limit 1) end as note
       from registry_discrepancies d
       where d.registry_id = $1 and d.status = 'OPEN' and (d.kind, d.subject) not in (select kind, subject from found)
         and case when d.kind = 'TOTAL_MISMATCH' then $4 when d.kind = 'MISSING_AT_KASPI' then coalesce(d.refund, d.payment_id) = any($3)
           else d.row = any($2) end),
     closed as (
       update registry_discrepancies d set status = 'EXPLAINED', closed_by_itself = true, changed_at = $5,
         note = nullif(concat_ws('; ', d.note, gone.note), '')
       from gone where d.id = gone.id returning d.id, gone.note),
     told as (
       insert into registry_discrepancy_history (discrepancy_id, at, status, note) select id, $5, 'EXPLAINED', note from closed)
     select count(*)::int as closed from closed`,
    [registryId, scope.rows, scope.absent, scope.sums, at],
  );
  return row?.closed ?? 0;
}
