import type { DayRange } from '@mpp/kernel';
import type { RegistryKind, StatedTotals } from './registry-row.js';

export const REGISTRY_STATUSES = ['PROCESSING', 'RECONCILED', 'ACCEPTED', 'FAILED'] as const;
export type RegistryStatus = (typeof REGISTRY_STATUSES)[number];

/** The ways in: an operator's upload, the mailbox, the folder, the command. */
export type RegistrySource = 'UPLOAD' | 'MAIL' | 'FOLDER' | 'COMMAND';

/** A file as it arrived. */
export interface ArrivedFile {
  /** What its sender calls it. */
  readonly name: string;
  /** Where it lies on disk until it is received. */
  readonly path: string;
  readonly source: RegistrySource;
  /** Who uploaded or sent it. */
  readonly from: string | null;
}

/** What a registry's own rows sum up to: what Kaspi confirmed, refunds below zero, in tiyn. */
export interface Sums {
  readonly amount: bigint;
  readonly fee: bigint;
}

export interface Registry {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly source: RegistrySource;
  readonly receivedFrom: string | null;
  readonly receivedAt: Date;
  readonly status: RegistryStatus;
  /** Why it is FAILED: a code, and what it is about, like `COLUMN_MISSING: Дата и время операции`. */
  readonly failure: string | null;
  readonly kind: RegistryKind | null;
  /** The days that it is about. */
  readonly period: DayRange | null;
  /** The last row of the sheet whose reading is kept; it grows while the registry is PROCESSING. */
  readonly readTo: number;
  /** Operations, and of how many of them the books know. */
  readonly rows: number;
  readonly matched: number;
  readonly rowErrors: number;
  readonly sums: Sums | null;
  readonly stated: StatedTotals | null;
  readonly discrepancies: number;
  readonly openDiscrepancies: number;
  readonly reconciledAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly acceptedBy: string | null;
}

export interface RegistryFilter {
  readonly status?: RegistryStatus | undefined;
  readonly kind?: RegistryKind | undefined;
}
