import { describe, expect, it } from '@jest/globals';
import { KASPI_RESULT_CODES, LOCALES } from '@mpp/kernel';
import { FAILURE_CODES, failed, failureText } from './failure.js';
import { meaningOf } from './refusals.js';

const REFUSALS = KASPI_RESULT_CODES.filter((code) => code !== 'SUCCESS');

describe('what the customer reads of a payment that failed', () => {
  it.each(LOCALES)('is a sentence, different for each failure (%s)', (locale) => {
    const texts = FAILURE_CODES.map((code) => failureText(failed(code))[locale]);
    expect(new Set(texts).size).toBe(FAILURE_CODES.length);
    for (const text of texts) expect(text).toMatch(/^\p{Lu}.*\p{Script=Cyrillic}.*\.$/u);
  });

  it.each(FAILURE_CODES)('%s: in Russian and in Kazakh', (code) => {
    const { ru, kk } = failureText(failed(code));
    expect(ru).not.toMatch(/[әғқңөұүһі]/i);
    expect(kk).toMatch(/[әғқңөұүһі]/i);
  });

  it('without enough money: that the account lacks it', () => {
    expect(failureText(failed('INSUFFICIENT_FUNDS'))).toEqual({
      ru: 'На счёте недостаточно денег.',
      kk: 'Шотта ақша жеткіліксіз.',
    });
  });

  it.each(['CONFIRMED_TOO_LATE', 'LIMIT_EXCEEDED'] as const)('%s: that nothing was taken', (code) => {
    const { ru, kk } = failureText(failed(code));
    expect(ru).toMatch(/Деньги не списаны\.$/);
    expect(kk).toMatch(/Ақша есептен шығарылған жоқ\.$/);
  });

  it('given back by an operator: that the money is back', () => {
    const { ru, kk } = failureText(failed('NOT_CONFIRMED'));
    expect(ru).toMatch(/Деньги возвращены\.$/);
    expect(kk).toMatch(/Ақша қайтарылды\.$/);
  });

  it.each([...REFUSALS, 'A_NEW_CODE'])('refused by the PS with %s: why, and that the money is back', (code) => {
    const { ru, kk } = failureText(failed('KASPI_REFUSED', code));
    expect(ru).toBe(`${meaningOf(code).customer.ru} Деньги возвращены.`);
    expect(kk).toBe(`${meaningOf(code).customer.kk} Ақша қайтарылды.`);
  });

  it('refused by the PS with a code that was not kept: a general sentence', () => {
    expect(failureText(failed('KASPI_REFUSED'))).toEqual(failureText(failed('KASPI_REFUSED', 'A_NEW_CODE')));
  });
});
