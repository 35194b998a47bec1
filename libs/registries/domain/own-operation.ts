import type { OperationType } from './registry-row.js';

/** A row of our own registry. Amounts and fees are in tiyn. */
export interface OwnOperation {
  readonly type: OperationType;
  /** Of a refund, its own id (R24); null before its receipt. */
  readonly kaspiOperationId: string | null;
  /** Our id; of a refund, the id of the refunded payment. Of an operation taken up from a registry, what the registry has. */
  readonly paymentId: string | null;
  readonly at: Date;
  /** Null only for an operation taken up from a registry. */
  readonly customerId: string | null;
  /** Negative for a refund. */
  readonly amount: bigint;
  /** By our tariffs, null without a tariff; of an operation whose fee operators settled, Kaspi's. */
  readonly fee: bigint | null;
  /** Ten-thousandths of a percent; null without a tariff and for a refund. */
  readonly rate: bigint | null;
  readonly mcc: string | null;
}

/** The row “Итоги” of our own registry. */
export interface OwnTotals {
  readonly count: number;
  readonly amount: bigint;
  readonly fee: bigint;
  /** Null if the operations have different rates. */
  readonly rate: bigint | null;
}
