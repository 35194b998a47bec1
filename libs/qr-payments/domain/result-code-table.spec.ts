import { describe, expect, it } from '@jest/globals';
import { KASPI_RESULT_CODES, type KaspiResultCode, LOCALES, NOTIFY_RESULTS } from '@mpp/kernel';
import { type AfterDebit, type KaspiMethodName, meaningOfResultCode, RESULT_CODE_TABLE } from './result-code-table.js';

/** Regulation 4.1, 4.2 and 4.3, «Коды результата», in the order of its tables. */
const LISTS: Readonly<Record<KaspiMethodName, readonly KaspiResultCode[]>> = {
  scan: [
    'SUCCESS',
    'CUSTOM_QR_ERROR',
    'EXPIRED_CODE',
    'INVALID_TOKEN',
    'PROCESS_FAIL',
    'INVALID_MERCHANT',
    'PARAM_ILLEGAL',
    'UNKNOWN_EXCEPTION',
    'PAYMENTS_SUSPENDED',
    'UNKNOWN_SOURCE',
  ],
  checkout: [
    'SUCCESS',
    'PROCESS_FAIL',
    'PARAM_ILLEGAL',
    'EXPIRED_CODE',
    'UNKNOWN_EXCEPTION',
    'PAYMENTS_SUSPENDED',
    'UNKNOWN_SOURCE',
  ],
  notifyPayment: [
    'SUCCESS',
    'PROCESS_FAIL',
    'CANCELLED_BY_CLIENT',
    'INVALID_MERCHANT',
    'PARAM_ILLEGAL',
    'UNKNOWN_EXCEPTION',
    'PAYMENTS_SUSPENDED',
    'RISK_REJECT',
    'ORDER_NOT_EXIST',
    'PAYMENT_INCORRECT_STATUS',
    'UNKNOWN_SOURCE',
    'UNKNOWN_CUSTOMER',
  ],
};

/** R11 and R12: what a code does to the money of a debited payment. */
const MONEY: Readonly<Record<AfterDebit, readonly KaspiResultCode[]>> = {
  settle: ['SUCCESS'],
  reverse: [
    'PROCESS_FAIL',
    'CANCELLED_BY_CLIENT',
    'INVALID_MERCHANT',
    'RISK_REJECT',
    'ORDER_NOT_EXIST',
    'UNKNOWN_CUSTOMER',
  ],
  'reverse unless sent before': ['PARAM_ILLEGAL', 'PAYMENTS_SUSPENDED', 'PAYMENT_INCORRECT_STATUS', 'UNKNOWN_SOURCE'],
  // The last three are listed for scan and checkout only: for a notify they count as unlisted.
  doubt: ['UNKNOWN_EXCEPTION', 'CUSTOM_QR_ERROR', 'EXPIRED_CODE', 'INVALID_TOKEN'],
};

const METHODS = Object.keys(LISTS) as KaspiMethodName[];
const REFUSALS = KASPI_RESULT_CODES.filter((code) => code !== 'SUCCESS');
const STRANGE = ['A_NEW_CODE', '', 'success', ' SUCCESS', 'toString', '__proto__', 'constructor'];

describe('the result codes of the PS', () => {
  it.each(METHODS)('for %s are exactly those of the regulation', (method) => {
    const codes = KASPI_RESULT_CODES.filter((code) => RESULT_CODE_TABLE[code].methods.includes(method));
    expect([...codes].sort()).toEqual([...LISTS[method]].sort());
  });

  it('are 10 for scan, 7 for checkout, 12 for notifyPayment: 15 in all', () => {
    expect(METHODS.map((method) => LISTS[method].length)).toEqual([10, 7, 12]);
    expect(Object.keys(RESULT_CODE_TABLE).sort()).toEqual([...new Set(METHODS.flatMap((m) => LISTS[m]))].sort());
    expect(Object.keys(RESULT_CODE_TABLE)).toHaveLength(15);
  });

  it('are found by their exact name; an unlisted code has its own meaning, for no method', () => {
    for (const code of KASPI_RESULT_CODES) expect(meaningOfResultCode(code)).toBe(RESULT_CODE_TABLE[code]);
    for (const code of STRANGE) {
      expect(meaningOfResultCode(code)).toBe(meaningOfResultCode('A_NEW_CODE'));
      expect(meaningOfResultCode(code)).toMatchObject({ methods: [], afterDebit: 'doubt' });
    }
  });

  it('cover every result that a participant sends: the PS may answer it', () => {
    for (const result of NOTIFY_RESULTS) expect(LISTS.notifyPayment).toContain(result);
  });
});

describe('what a code means for the money of a debited payment (R11, R12)', () => {
  it.each(Object.entries(MONEY))('%s: %s', (afterDebit, codes) => {
    expect(codes.map((code) => meaningOfResultCode(code).afterDebit)).toEqual(codes.map(() => afterDebit));
  });

  it('is defined for every code, once', () => {
    expect(Object.values(MONEY).flat().sort()).toEqual([...KASPI_RESULT_CODES].sort());
  });

  it('is doubt for every code that the regulation does not list for a notify', () => {
    const unlisted = KASPI_RESULT_CODES.filter((code) => !LISTS.notifyPayment.includes(code));
    expect([...unlisted, ...STRANGE].map((code) => meaningOfResultCode(code).afterDebit)).toEqual(
      [...unlisted, ...STRANGE].map(() => 'doubt'),
    );
  });
});

describe('the text for the customer if the PS refuses (R13)', () => {
  it.each(REFUSALS)('%s has a sentence in Russian and one in Kazakh', (code) => {
    const { ru, kk } = meaningOfResultCode(code).customer;
    for (const text of [ru, kk]) expect(text).toMatch(/^[\p{Lu}].*\p{Script=Cyrillic}{2}.*\.$/u);
    expect(kk).not.toBe(ru);
    expect(ru).not.toMatch(/[әғқңөұүһі]/i);
  });

  it.each(LOCALES)('no two codes have the same text, nor the text of an unlisted code (%s)', (locale) => {
    const texts = [...REFUSALS, 'A_NEW_CODE'].map((code) => meaningOfResultCode(code).customer[locale]);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  it('an unlisted code has a general sentence', () => {
    expect(meaningOfResultCode('A_NEW_CODE').customer).toEqual({
      ru: 'Kaspi отклонил операцию.',
      kk: 'Kaspi операцияны қабылдамады.',
    });
  });

  it('contains no codes: they are for programs', () => {
    for (const code of REFUSALS)
      for (const locale of LOCALES) expect(meaningOfResultCode(code).customer[locale]).not.toMatch(/_|[A-Z]{3}/);
  });
});

describe('the text for operations', () => {
  it.each([...KASPI_RESULT_CODES, 'A_NEW_CODE'])('%s has its own sentence in English', (code) => {
    const { operations } = meaningOfResultCode(code);
    expect(operations).toMatch(/^[A-Z][^\p{Script=Cyrillic}]+[.?]$/u);
    const others = [...KASPI_RESULT_CODES, 'A_NEW_CODE'].filter((other) => other !== code);
    expect(others.map((other) => meaningOfResultCode(other).operations)).not.toContain(operations);
  });

  it.each([
    ['UNKNOWN_SOURCE', 'KASPI_CALLER_NAME'],
    ['PARAM_ILLEGAL', 'KASPI_AMOUNT_FORMAT'],
    ['ORDER_NOT_EXIST', 'KASPI_BASE_URL'],
    ['INVALID_TOKEN', 'QR_PATTERNS'],
  ])('%s names the setting to check: %s', (code, setting) => {
    expect(meaningOfResultCode(code).operations).toContain(setting);
  });

  it.each(['UNKNOWN_EXCEPTION', 'A_NEW_CODE'])('%s states that a notify is still repeated (R12)', (code) => {
    expect(meaningOfResultCode(code).operations).toMatch(/A notify is repeated\.$/);
  });
});
