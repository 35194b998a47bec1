import type { OperationType } from './registry-row.js';

/** One of our own operations, as our own registry tells it. Amounts and fees are in tiyn. */
export interface OwnOperation {
  readonly type: OperationType;
  /** Of the refund where it is one (R24); null until its receipt is here. */
  readonly kaspiOperationId: string | null;
  /** Ours, of a refund that of what was refunded. */
  readonly paymentId: string;
  readonly at: Date;
  readonly customerId: string;
  /** Below zero where it is a refund. */
  readonly amount: bigint;
  /** By our tariffs; null where there is none for it. */
  readonly fee: bigint | null;
  /** In ten-thousandths of a percent. Null without a tariff, and of a refund. */
  readonly rate: bigint | null;
  readonly mcc: string | null;
}

/** Of all operations of a registry. */
export interface OwnTotals {
  readonly count: number;
  readonly amount: bigint;
  readonly fee: bigint;
  /** Null where it is not the same for all of them. */
  readonly rate: bigint | null;
}
