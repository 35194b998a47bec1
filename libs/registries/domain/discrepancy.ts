import type { RowError } from './registry-row.js';

/** The kinds of discrepancies and their meaning for accounting; the API shows both. */
export const DISCREPANCIES = {
  MISSING_AT_MPP: 'Kaspi has an operation that the books do not have',
  MISSING_AT_KASPI: 'The books have an operation of these days that no registry has',
  AMOUNT_MISMATCH: 'The amounts differ',
  STATUS_MISMATCH: 'One side has the operation as done, the other does not',
  CUSTOMER_MISMATCH: 'The operation belongs to another customer',
  FEE_MISMATCH: 'The fee is not the one that the tariff gives',
  DUPLICATE_ROW: 'The operation is listed twice',
  TOTAL_MISMATCH: 'The rows do not add up to “Итоги”, or a day of a month not to its daily registry',
} as const;
export type DiscrepancyKind = keyof typeof DISCREPANCIES;
export const DISCREPANCY_KINDS = Object.keys(DISCREPANCIES) as DiscrepancyKind[];

/** OPEN: accounting has to work on it. EXPLAINED: the reason is known, nothing has to be done. RESOLVED: something was done. */
export const DISCREPANCY_STATUSES = ['OPEN', 'EXPLAINED', 'RESOLVED'] as const;
export type DiscrepancyStatus = (typeof DISCREPANCY_STATUSES)[number];

/** What an operator may decide about a discrepancy (R40). */
export const SETTLE_ACTIONS = ['TAKE_UP', 'GIVE_BACK', 'CONFIRM', 'BOOK_DIFFERENCE', 'EXPLAIN'] as const;
export type SettleAction = (typeof SETTLE_ACTIONS)[number];

export interface Discrepancy {
  /** A bigint as text; the order of the list. */
  readonly id: string;
  /** Null: an answer of the PS contradicts the settled payment (R36). */
  readonly registryId: string | null;
  readonly kind: DiscrepancyKind;
  readonly row: number | null;
  readonly kaspiOperationId: string | null;
  readonly mppPaymentId: string | null;
  /** Our id of the payment; null if the books do not have it. */
  readonly paymentId: string | null;
  readonly refund: string | null;
  /** The value in the books, and in the registry. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** REVERSE: operations may reverse the payment (R34). */
  readonly proposal: 'REVERSE' | null;
  readonly status: DiscrepancyStatus;
  readonly note: string | null;
  readonly foundAt: Date;
  readonly changedAt: Date;
  /** What an operator decided last (R40); null before. */
  readonly action: SettleAction | null;
  readonly actionAccount: string | null;
  readonly actionReason: string | null;
  readonly actionAt: Date | null;
  readonly actionBy: string | null;
  /** The operation that was adjusted: the reference of its entries in the journal. */
  readonly adjustmentId: string | null;
}

/** An operator's decision about a discrepancy. */
export interface DiscrepancySettlement {
  readonly action: SettleAction;
  readonly accountId: string | null;
  readonly reason: string;
  readonly at: Date;
  readonly by: string;
  readonly adjustmentId: string | null;
}

/** A change of the status or note; `actor` is null if the server made it. */
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

export interface StoredRowError extends RowError {
  readonly id: string;
}
