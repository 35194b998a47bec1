import type { OperationType } from './registry-row.js';

/** An operation as Kaspi has it, after operators settled a discrepancy. Amounts and fees are in tiyn. */
export interface Adjustment {
  readonly id: string;
  readonly type: OperationType;
  readonly subject: 'PAYMENT' | 'REFUND' | 'ROW';
  readonly copyOf: string | null;
  readonly paymentId: string | null;
  readonly kaspiOperationId: string | null;
  readonly mppPaymentId: string | null;
  readonly at: Date;
  readonly customerId: string | null;
  readonly amount: bigint;
  readonly mcc: string | null;
  readonly paymentFee: bigint | null;
  readonly serviceFee: bigint | null;
  readonly adjustedAt: Date;
}
