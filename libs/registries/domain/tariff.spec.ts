import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatPercent, MAX_RATE, parsePercent, SERVICE_BY_KIND } from './tariff.js';

const rates = fc.bigInt({ min: 0n, max: MAX_RATE });

describe('a percentage', () => {
  it.each([
    ['0', 0n, '0.00'],
    ['0.5', 5_000n, '0.50'],
    ['0.50', 5_000n, '0.50'],
    ['0.1234', 1_234n, '0.1234'],
    ['0.125', 1_250n, '0.125'],
    ['0.0001', 1n, '0.0001'],
    ['100.00', 1_000_000n, '100.00'],
  ])('%s is %s ten-thousandths, and is written %s', (text, rate, written) => {
    expect(parsePercent(text)).toBe(rate);
    expect(formatPercent(rate)).toBe(written);
  });

  it.each(['100.0001', '101', '1000', '-1', '+1', '0,50', '.5', '1.', '1e1', '0.00001', ' 1', '1 ', '', '1\n', '١'])(
    'is not %j',
    (text) => {
      expect(parsePercent(text)).toBeNull();
    },
  );

  it('is read as it was written, for every rate', () => {
    fc.assert(fc.property(rates, (rate) => parsePercent(formatPercent(rate)) === rate));
  });
});

it('The fee of the payment service is in daily registries, and that of “Сервис” in monthly ones', () => {
  expect(SERVICE_BY_KIND).toEqual({ DAILY: 'PAYMENT', MONTHLY: 'SERVICE' });
});
