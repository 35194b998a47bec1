import { describe, expect, it } from '@jest/globals';
import { LOCALES, Money } from '@mpp/kernel';
import { EVENT_TYPES } from './event-types.js';
import { formatTenge, textsOf } from './texts.js';

const SUM = '1\u00a0500,00\u00a0₸';

describe('the texts of events', () => {
  it.each(EVENT_TYPES.flatMap((type) => LOCALES.map((locale) => ({ type, locale }))))(
    'of $type in $locale contain the amount and the merchant if they are known',
    ({ type, locale }) => {
      const full = textsOf(type, Money.parse('1500'), 'Magnum')[locale];
      expect(full.title).not.toBe('');
      expect(full.body).toContain(`: ${SUM}, «Magnum».`);
      const bare = textsOf(type, null, null)[locale];
      expect(bare).toEqual({ title: full.title, body: full.body.replace(`: ${SUM}, «Magnum».`, '.') });
      expect(textsOf(type, null, 'Magnum')[locale].body).toContain(': «Magnum».');
      expect(textsOf(type, Money.parse('1500'), null)[locale].body).toContain(`: ${SUM}.`);
      for (const text of [full.title, full.body]) expect(text.length).toBeLessThan(178);
    },
  );

  it('are different for each type', () => {
    const shown = EVENT_TYPES.map((type) => textsOf(type, null, null));
    for (const locale of LOCALES) {
      expect(new Set(shown.map((texts) => texts[locale].title)).size).toBe(EVENT_TYPES.length);
      expect(new Set(shown.map((texts) => texts[locale].body)).size).toBe(EVENT_TYPES.length);
    }
  });

  it('of a confirmed payment are those of the contract', () => {
    expect(textsOf('payment.confirmed', Money.parse('1500'), 'Magnum')).toEqual({
      ru: { title: 'Оплата прошла', body: `Платёж по Kaspi QR выполнен: ${SUM}, «Magnum».` },
      kk: { title: 'Төлем өтті', body: `Kaspi QR арқылы төлем орындалды: ${SUM}, «Magnum».` },
    });
  });

  it.each([
    ['0.01', '0,01\u00a0₸'],
    ['999.9', '999,90\u00a0₸'],
    ['1000', '1\u00a0000,00\u00a0₸'],
    ['1234567.89', '1\u00a0234\u00a0567,89\u00a0₸'],
  ])('write %s as %s', (amount, text) => {
    expect(formatTenge(Money.parse(amount))).toBe(text);
  });

  it('show a merchant’s name on one line and cut to the width of a phone', () => {
    const body = (merchant: string) => textsOf('payment.confirmed', null, merchant).ru.body;
    expect(body(' Small\n\t\u0000Market ')).toBe('Платёж по Kaspi QR выполнен: «Small Market».');
    expect(body(' \n ')).toBe('Платёж по Kaspi QR выполнен.');
    expect(body('🙂'.repeat(100))).toBe(`Платёж по Kaspi QR выполнен: «${'🙂'.repeat(59)}…».`);
  });
});
