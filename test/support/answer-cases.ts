import { addMilliseconds, type KaspiResultCode } from '@mpp/kernel';
import { decideAnswer, type NotifyOutcome } from '../../libs/qr-payments/domain/answer.js';
import type { Payment } from '../../libs/qr-payments/domain/payment.js';
import { DEBITED_AT } from './payments.js';

export const IN_DOUBT_AFTER_MS = 900_000;
export const NOW = addMilliseconds(DEBITED_AT, 1000);
export const NO_ANSWER = 'silence';

export type Received = KaspiResultCode | 'A_NEW_CODE' | typeof NO_ANSWER;

/**
 * R11 and R12 as a table: the outcome for a debited payment if no earlier attempt can have reached the PS, and if one
 * may have.
 */
export const EXPECTED: Readonly<
  Record<Received, readonly ['CONFIRMED' | 'REVERSED' | 'waits', 'CONFIRMED' | 'REVERSED' | 'waits']>
> = {
  SUCCESS: ['CONFIRMED', 'CONFIRMED'],
  PROCESS_FAIL: ['REVERSED', 'REVERSED'],
  CANCELLED_BY_CLIENT: ['REVERSED', 'REVERSED'],
  INVALID_MERCHANT: ['REVERSED', 'REVERSED'],
  RISK_REJECT: ['REVERSED', 'REVERSED'],
  ORDER_NOT_EXIST: ['REVERSED', 'REVERSED'],
  UNKNOWN_CUSTOMER: ['REVERSED', 'REVERSED'],
  PARAM_ILLEGAL: ['REVERSED', 'waits'],
  PAYMENTS_SUSPENDED: ['REVERSED', 'waits'],
  PAYMENT_INCORRECT_STATUS: ['REVERSED', 'waits'],
  UNKNOWN_SOURCE: ['REVERSED', 'waits'],
  UNKNOWN_EXCEPTION: ['waits', 'waits'],
  CUSTOM_QR_ERROR: ['waits', 'waits'],
  EXPIRED_CODE: ['waits', 'waits'],
  INVALID_TOKEN: ['waits', 'waits'],
  A_NEW_CODE: ['waits', 'waits'],
  silence: ['waits', 'waits'],
};

export const OUTCOMES = Object.keys(EXPECTED) as Received[];
export const REFUSALS = OUTCOMES.filter((code) => EXPECTED[code][0] === 'REVERSED');
export const UNCLEAR = OUTCOMES.filter((code) => EXPECTED[code][0] === 'waits');
export const REFUSED_BEFORE_PROCESSING = OUTCOMES.filter(
  (code) => EXPECTED[code][0] === 'REVERSED' && EXPECTED[code][1] === 'waits',
);

export function decide(payment: Payment, received: Received, circumstances: Partial<NotifyOutcome> = {}, now = NOW) {
  const resultCode = received === NO_ANSWER ? null : received;
  const none = { afterUnknownAttempt: false, hasReceipt: false, receiptRequired: false, leaseLost: false };
  const outcome = { resultCode, ...none, attempts: 1, ...circumstances };
  return decideAnswer(payment, outcome, IN_DOUBT_AFTER_MS, now);
}

export const WAITS_ON = { delivered: false, payment: null, posting: null, contradiction: false };
