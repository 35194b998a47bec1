import type { RowError } from './registry-row.js';

/** How a registry and the books can differ, and what each means to accounting. */
export const DISCREPANCIES = {
  MISSING_AT_MPP: 'Kaspi has an operation that the books do not have',
  MISSING_AT_KASPI: 'The books have an operation of these days that the registry does not have',
  AMOUNT_MISMATCH: 'The amounts differ',
  STATUS_MISMATCH: 'One says that it happened, the other that it did not',
  CUSTOMER_MISMATCH: 'The operation is another customer’s',
  FEE_MISMATCH: 'The fee is not what the tariff makes it',
  DUPLICATE_ROW: 'The operation is there already',
  TOTAL_MISMATCH: 'The rows do not sum up to what is stated, or the days not to their month',
} as const;
export type DiscrepancyKind = keyof typeof DISCREPANCIES;
export const DISCREPANCY_KINDS = Object.keys(DISCREPANCIES) as DiscrepancyKind[];

/** OPEN: somebody has to look. EXPLAINED: it is known why, and nothing is to be done. RESOLVED: something was done. */
export const DISCREPANCY_STATUSES = ['OPEN', 'EXPLAINED', 'RESOLVED'] as const;
export type DiscrepancyStatus = (typeof DISCREPANCY_STATUSES)[number];

export interface Discrepancy {
  /** Grows along the list: a bigint as text. */
  readonly id: string;
  readonly registryId: string;
  readonly kind: DiscrepancyKind;
  readonly row: number | null;
  readonly kaspiOperationId: string | null;
  readonly mppPaymentId: string | null;
  /** Ours, where the books know it. */
  readonly paymentId: string | null;
  /** What the books say, and what stood in the registry. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** What operations may want to do: give the payment back (R34). */
  readonly proposal: 'REVERSE' | null;
  readonly status: DiscrepancyStatus;
  readonly note: string | null;
  readonly foundAt: Date;
  readonly changedAt: Date;
}

/** One change of it. `actor` is null where it came about by itself. */
export interface DiscrepancyChange {
  readonly at: Date;
  readonly actor: string | null;
  readonly status: DiscrepancyStatus;
  readonly note: string | null;
}

export interface DiscrepancyFilter {
  readonly registryId?: string | undefined;
  readonly kind?: DiscrepancyKind | undefined;
  readonly status?: DiscrepancyStatus | undefined;
}

export interface DiscrepancyCount {
  readonly kind: DiscrepancyKind;
  readonly found: number;
  readonly open: number;
}

/** A row error as it is kept. */
export interface KeptRowError extends RowError {
  readonly id: string;
}
