import { expect } from '@jest/globals';

/** What each code of 4.3 does to a debited payment: as the first answer, and after an attempt that may have arrived. */
export const NOTIFY_CODES = [
  { code: 'SUCCESS', first: 'CONFIRMED', afterSilence: 'CONFIRMED' },
  { code: 'PROCESS_FAIL', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'CANCELLED_BY_CLIENT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'INVALID_MERCHANT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'PARAM_ILLEGAL', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_EXCEPTION', first: 'PROCESSING', afterSilence: 'PROCESSING' },
  { code: 'PAYMENTS_SUSPENDED', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'RISK_REJECT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'ORDER_NOT_EXIST', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'PAYMENT_INCORRECT_STATUS', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_SOURCE', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_CUSTOMER', first: 'REVERSED', afterSilence: 'REVERSED' },
  // A code that the regulation does not have.
  { code: 'UNLISTED_CODE', first: 'PROCESSING', afterSilence: 'PROCESSING' },
] as const;

export const SCAN_REFUSALS = [
  'CUSTOM_QR_ERROR',
  'EXPIRED_CODE',
  'INVALID_TOKEN',
  'PROCESS_FAIL',
  'INVALID_MERCHANT',
  'PARAM_ILLEGAL',
  'UNKNOWN_EXCEPTION',
  'PAYMENTS_SUSPENDED',
  'UNKNOWN_SOURCE',
  'UNLISTED_CODE',
];

export const CHECKOUT_REFUSALS = [
  'PROCESS_FAIL',
  'PARAM_ILLEGAL',
  'EXPIRED_CODE',
  'UNKNOWN_EXCEPTION',
  'PAYMENTS_SUSPENDED',
  'UNKNOWN_SOURCE',
  'UNLISTED_CODE',
];

/** A sentence in Russian and one in Kazakh: only Kazakh has some of the letters. */
export function expectSentences(ru: string, kk: string): void {
  for (const text of [ru, kk]) expect(text).toMatch(/^\p{Lu}.*\p{Script=Cyrillic}.*\.$/u);
  expect(ru).not.toMatch(/[әғқңөұүһі]/i);
  expect(kk).toMatch(/[әғқңөұүһі]/i);
  expect(`${ru}${kk}`).not.toMatch(/_|[A-Z]{6}/);
}
