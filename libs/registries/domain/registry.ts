import type { DayRange } from '@mpp/kernel';
import type { RegistryKind, StatedTotals } from './registry-row.js';
import type { RegistryStatus } from './registry-status.js';

/** How a registry was received: an operator's upload, the mailbox, the folder, the command. */
export type RegistrySource = 'UPLOAD' | 'MAIL' | 'FOLDER' | 'COMMAND';

/** The failure of a registry after too many attempts with an internal error: the same file again is read again. */
export const GIVEN_UP = 'GIVEN_UP';

export interface ReceivedFile {
  /** The name that the sender gave it. */
  readonly name: string;
  /** The path on disk until it is stored. */
  readonly path: string;
  readonly source: RegistrySource;
  /** The operator or the sender of the mail. */
  readonly from: string | null;
}

/** The sums of a registry's rows that are not НЕТ, in tiyn; refunds are negative. */
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
  /** Why it is FAILED: a code and its detail, such as `COLUMN_MISSING: Дата и время операции`. */
  readonly failure: string | null;
  readonly kind: RegistryKind | null;
  /** The days that it covers. */
  readonly period: DayRange | null;
  /** Operations, and how many of them the books have. */
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
