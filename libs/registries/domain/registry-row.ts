import type { RowProblem } from './row-problem.js';

/** DAILY registries have the fee of the payment service, MONTHLY ones the fee of “Сервис”: their headers differ. */
export const REGISTRY_KINDS = ['DAILY', 'MONTHLY'] as const;
export type RegistryKind = (typeof REGISTRY_KINDS)[number];

/** “Покупка” or “Возврат”. */
export type OperationType = 'PURCHASE' | 'REFUND';

/** One operation of a registry. A value that cannot be read is null and has a {@link RowError}; an optional empty one is null. */
export interface RegistryRow {
  /** The number of the row in the sheet, from 1. */
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
  /** Tiyn, never negative: the type distinguishes refunds (R26). */
  readonly amount: bigint | null;
  /** Tiyn; negative if Kaspi returns a fee. */
  readonly fee: bigint | null;
  /** Ten-thousandths of a percent: 0,50 % is 5000. */
  readonly rate: bigint | null;
  readonly mcc: string | null;
}

/** A cell that cannot be read; the rest of the file is read. */
export interface RowError {
  readonly row: number;
  /** The letters of the column, such as J. */
  readonly column: string;
  /** The title of the column in the file. */
  readonly header: string;
  /** The content of the cell, at most 100 characters. */
  readonly content: string;
  readonly problem: RowProblem;
}

/** The row “Итоги”; an empty cell is null. */
export interface StatedTotals {
  readonly row: number;
  readonly rows: number | null;
  /** Tiyn. */
  readonly amount: bigint | null;
  readonly fee: bigint | null;
}
