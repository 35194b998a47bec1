import type { RowProblem } from './row-problem.js';

/** Told apart by their headers: the fee of the payment service every working day, that of "Сервис" every month. */
export const REGISTRY_KINDS = ['DAILY', 'MONTHLY'] as const;
export type RegistryKind = (typeof REGISTRY_KINDS)[number];

/** "Покупка" or "Возврат". */
export type OperationType = 'PURCHASE' | 'REFUND';

/**
 * One operation as a registry says it. What could not be read is null, and has a {@link RowError}; so has nothing that the
 * file left empty and that may be.
 */
export interface RegistryRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly row: number;
  readonly type: OperationType | null;
  /** "ID операции Kaspi", like QR12345678 (R24). */
  readonly kaspiOperationId: string | null;
  /** "ID операции участника": our id of the payment. */
  readonly mppPaymentId: string | null;
  /** ДА or НЕТ. */
  readonly confirmed: boolean | null;
  readonly at: Date | null;
  /** "Тип оплаты", like QR. */
  readonly method: string | null;
  readonly customerId: string | null;
  /** In tiyn, never below zero: that a refund is one is said by its type (R26). */
  readonly amount: bigint | null;
  /** In tiyn; below zero where Kaspi gives a fee back. */
  readonly fee: bigint | null;
  /** In ten-thousandths of a percent: 0,50 % is 5000. */
  readonly rate: bigint | null;
  readonly mcc: string | null;
}

/** Something in a row that cannot be read. It does not stop the rest. */
export interface RowError {
  readonly row: number;
  /** The column's letters, like J. */
  readonly column: string;
  /** What the column is called in the file. */
  readonly header: string;
  /** What stood there, cut to 100 characters. */
  readonly content: string;
  readonly problem: RowProblem;
}

/** What the row "Итоги" says. Null where it says nothing. */
export interface StatedTotals {
  readonly row: number;
  readonly rows: number | null;
  /** In tiyn, as it stood there. */
  readonly amount: bigint | null;
  readonly fee: bigint | null;
}
