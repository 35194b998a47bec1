import { describe, expect, it } from '@jest/globals';
import { KASPI_RESULT_CODES, LOCALES } from '@mpp/kernel';
import type { FailureCode } from './payment.js';
import { failureText, refusalText } from './refusal-texts.js';

const REFUSALS = KASPI_RESULT_CODES.filter((code) => code !== 'SUCCESS');
const FAILURES: readonly FailureCode[] = ['INSUFFICIENT_FUNDS', 'CONFIRMED_TOO_LATE', 'KASPI_REFUSED'];

describe('what the customer reads where the PS refuses (R13)', () => {
  it.each(REFUSALS)('%s is a sentence in Russian and another one in Kazakh', (code) => {
    const { ru, kk } = refusalText(code);
    for (const text of [ru, kk]) expect(text).toMatch(/^[\p{Lu}].*\p{Script=Cyrillic}{2}.*\.$/u);
    expect(kk).not.toBe(ru);
    expect(ru).not.toMatch(/[әғқңөұүһі]/i);
  });

  it.each(LOCALES)('no two codes read alike, nor like a code that nobody knows (%s)', (locale) => {
    const texts = [...REFUSALS, 'A_NEW_CODE'].map((code) => refusalText(code)[locale]);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  it('a code that nobody knows, and none at all, have a general sentence', () => {
    expect(refusalText('A_NEW_CODE')).toEqual({ ru: 'Kaspi отклонил операцию.', kk: 'Kaspi операцияны қабылдамады.' });
    expect(refusalText(null)).toEqual(refusalText('A_NEW_CODE'));
    expect(refusalText('toString')).toEqual(refusalText('A_NEW_CODE'));
  });

  it('names nobody’s codes: they are for programs', () => {
    for (const code of REFUSALS)
      for (const locale of LOCALES) expect(refusalText(code)[locale]).not.toMatch(/_|[A-Z]{3}/);
  });
});

describe('what the customer reads of a payment that failed', () => {
  it.each(LOCALES)('is different for each failure (%s)', (locale) => {
    const texts = FAILURES.map((code) => failureText({ code, kaspiResultCode: null })[locale]);
    expect(new Set(texts).size).toBe(FAILURES.length);
    for (const text of texts) expect(text).toMatch(/\p{Script=Cyrillic}.*\.$/u);
  });

  it('without enough money: that the account lacks it', () => {
    expect(failureText({ code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null })).toEqual({
      ru: 'На счёте недостаточно денег.',
      kk: 'Шотта ақша жеткіліксіз.',
    });
  });

  it('too late: that nothing was taken', () => {
    const { ru, kk } = failureText({ code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null });
    expect(ru).toMatch(/Деньги не списаны\.$/);
    expect(kk).toMatch(/Ақша есептен шығарылған жоқ\.$/);
  });

  it.each([...REFUSALS, 'A_NEW_CODE', null])('refused by the PS with %s: why, and that the money is back', (code) => {
    const { ru, kk } = failureText({ code: 'KASPI_REFUSED', kaspiResultCode: code });
    expect(ru).toBe(`${refusalText(code).ru} Деньги возвращены.`);
    expect(kk).toBe(`${refusalText(code).kk} Ақша қайтарылды.`);
  });
});
