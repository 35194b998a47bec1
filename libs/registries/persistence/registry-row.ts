import type { BusinessDay } from '@mpp/kernel';
import type { Registry, RegistrySource, RegistryStatus } from '../domain/registry.js';
import type { RegistryKind } from '../domain/registry-row.js';

/** Counts of differences come with every read: they are few, and change by themselves. */
export const REGISTRY_COLUMNS = `g.*, g.period_from::text as first_day, g.period_to::text as last_day,
  (select count(*) from registry_discrepancies d where d.registry_id = g.id)::int as discrepancies,
  (select count(*) from registry_discrepancies d where d.registry_id = g.id and d.status = 'OPEN')::int as open_discrepancies`;

/** A row of registries as PostgreSQL hands it over: bigints are strings. */
export interface RegistryTableRow {
  id: string;
  name: string;
  size: number;
  source: RegistrySource;
  received_from: string | null;
  received_at: Date;
  status: RegistryStatus;
  failure: string | null;
  kind: RegistryKind | null;
  first_day: BusinessDay | null;
  last_day: BusinessDay | null;
  read_to: number;
  rows: number;
  matched: number;
  row_errors: number;
  amount: string | null;
  fee: string | null;
  stated_row: number | null;
  stated_rows: number | null;
  stated_amount: string | null;
  stated_fee: string | null;
  discrepancies: number;
  open_discrepancies: number;
  reconciled_at: Date | null;
  accepted_at: Date | null;
  accepted_by: string | null;
}

export function toRegistry(row: RegistryTableRow): Registry {
  const { first_day: from, last_day: to, amount, fee, stated_row: statedRow } = row;
  return {
    id: row.id,
    name: row.name,
    size: row.size,
    source: row.source,
    receivedFrom: row.received_from,
    receivedAt: row.received_at,
    status: row.status,
    failure: row.failure,
    kind: row.kind,
    period: from === null || to === null ? null : { from, to },
    readTo: row.read_to,
    rows: row.rows,
    matched: row.matched,
    rowErrors: row.row_errors,
    sums: amount === null || fee === null ? null : { amount: BigInt(amount), fee: BigInt(fee) },
    stated:
      statedRow === null
        ? null
        : {
            row: statedRow,
            rows: row.stated_rows,
            amount: row.stated_amount === null ? null : BigInt(row.stated_amount),
            fee: row.stated_fee === null ? null : BigInt(row.stated_fee),
          },
    discrepancies: row.discrepancies,
    openDiscrepancies: row.open_discrepancies,
    reconciledAt: row.reconciled_at,
    acceptedAt: row.accepted_at,
    acceptedBy: row.accepted_by,
  };
}
