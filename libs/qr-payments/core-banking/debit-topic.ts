import type { Locale } from '@mpp/kernel';

/** Keyed by the payment. */
export const DEBIT_TOPIC = 'coreDebit';

export interface DebitPayload {
  readonly operationId: string;
  /** ISO 8601. A debit that becomes known later is reversed (R16). */
  readonly deadline: string;
  readonly locale: Locale;
}
