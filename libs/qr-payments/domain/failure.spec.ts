import { describe, expect, it } from '@jest/globals';
import { KASPI_RESULT_CODES, LOCALES } from '@mpp/kernel';
import { FAILURE_CODES, failed, failureText } from './failure.js';
import { meaningOfResultCode } from './result-code-table.js';

const REFUSALS = KASPI_RESULT_CODES.filter((code) => code !== 'SUCCESS');

describe('the text for the customer of a failed payment', () => {
  it.each(LOCALES)('is a sentence, different for each failure (%s)', (locale) => {
    const texts = FAILURE_CODES.map((code) => failureText(failed(code), 'REVERSED')[locale]);
    expect(new Set(texts).size).toBe(FAILURE_CODES.length);
    for (const text of texts) expect(text).toMatch(/^\p{Lu}.*\p{Script=Cyrillic}.*\.$/u);
  });

  it.each(FAILURE_CODES)('%s: in Russian and in Kazakh', (code) => {
    const { ru, kk } = failureText(failed(code), 'REVERSED');
    expect(ru).not.toMatch(/[әғқңөұүһі]/i);
    expect(kk).toMatch(/[әғқңөұүһі]/i);
  });

  it('without enough money states that the balance is too low', () => {
    expect(failureText(failed('INSUFFICIENT_FUNDS'), 'DECLINED')).toEqual({
      ru: 'На счёте недостаточно денег.',
      kk: 'Шотта ақша жеткіліксіз.',
    });
  });

  it.each(['CONFIRMED_TOO_LATE', 'LIMIT_EXCEEDED'] as const)('for %s states that nothing was debited', (code) => {
    const { ru, kk } = failureText(failed(code), 'REVERSED');
    expect(ru).toMatch(/Деньги не списаны\.$/);
    expect(kk).toMatch(/Ақша есептен шығарылған жоқ\.$/);
  });

  it('reversed by an operator states that the money is back', () => {
    const { ru, kk } = failureText(failed('NOT_CONFIRMED'), 'REVERSED');
    expect(ru).toMatch(/Деньги возвращены\.$/);
    expect(kk).toMatch(/Ақша қайтарылды\.$/);
  });

  it.each([...REFUSALS, 'A_NEW_CODE'])('refused by the PS with %s states why, and that the money is back', (code) => {
    const { ru, kk } = failureText(failed('KASPI_REFUSED', code), 'REVERSED');
    expect(ru).toBe(`${meaningOfResultCode(code).customer.ru} Деньги возвращены.`);
    expect(kk).toBe(`${meaningOfResultCode(code).customer.kk} Ақша қайтарылды.`);
  });

  it('states only that the money is being returned until it is back', () => {
    expect(failureText(failed('NOT_CONFIRMED'), 'REVERSING')).toEqual({
      ru: 'Kaspi не подтвердил оплату. Деньги возвращаются.',
      kk: 'Kaspi төлемді растамады. Ақша қайтарылып жатыр.',
    });
    for (const code of [...REFUSALS, 'A_NEW_CODE']) {
      const { ru, kk } = failureText(failed('KASPI_REFUSED', code), 'REVERSING');
      expect(ru).toBe(`${meaningOfResultCode(code).customer.ru} Деньги возвращаются.`);
      expect(kk).toBe(`${meaningOfResultCode(code).customer.kk} Ақша қайтарылып жатыр.`);
    }
  });

  it('after a debit that came too late does not state that the money is on the account until it is', () => {
    for (const text of Object.values(failureText(failed('DEBITED_TOO_LATE'), 'REVERSING'))) {
      expect(text).toMatch(/(возвращаются|қайтарылып жатыр)\.$/);
    }
    expect(failureText(failed('DEBITED_TOO_LATE'), 'REVERSED').ru).toMatch(/останутся на счёте\.$/);
  });

  it('refused by the PS with an unknown code is a general sentence', () => {
    const general = failureText(failed('KASPI_REFUSED', 'A_NEW_CODE'), 'REVERSED');
    expect(failureText(failed('KASPI_REFUSED'), 'REVERSED')).toEqual(general);
  });
});
