import type { Locale } from '@mpp/kernel';
import { derivedId } from '@mpp/platform';
import type { Payment } from '../domain/payment.js';

/** Keyed by the payment. */
export const DEBIT_TOPIC = 'coreDebit';

export interface DebitPayload {
  readonly operationId: string;
  /** ISO 8601. A debit that becomes known later is reversed (R16). */
  readonly deadline: string;
  readonly locale: Locale;
}

/** The debit's id at an external core, which recognises it after a restore: one debit per purchase and customer (R33, R39). */
export function debitOperationId({
  kaspiPaymentId,
  customerId,
}: Pick<Payment, 'kaspiPaymentId' | 'customerId'>): string {
  return derivedId('debit', kaspiPaymentId, customerId);
}
