import type { Receipt } from '@mpp/receipts';
import type { Posting } from '../domain/answer.js';
import type { Payment } from '../domain/payment.js';

/** A locked payment and the decision about it. */
export interface PaymentChange {
  readonly before: Payment;
  readonly payment: Payment;
  readonly posting: Posting | null;
  readonly receipt?: Receipt | null;
}
