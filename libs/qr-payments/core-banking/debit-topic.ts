import type { Locale } from '@mpp/kernel';

/** Both are keyed by the payment. */
export const DEBIT_TOPIC = 'coreDebit';
export const REVERSAL_TOPIC = 'coreReversal';

export interface DebitPayload {
  readonly operationId: string;
  /** ISO 8601: SUCCESS is told of no debit that becomes known later (R16). */
  readonly deadline: string;
  readonly locale: Locale;
}

export interface ReversalPayload {
  readonly operationId: string;
}
