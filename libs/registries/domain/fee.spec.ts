import { describe, expect, it } from '@jest/globals';
import { formatTiyn, MAX_TIYN, Money } from '@mpp/kernel';
import fc from 'fast-check';
import { day } from '../../../test/support/calendar.js';
import { feeOf } from './fee.js';
import { MAX_RATE, percentOf, rateOf, SERVICE_OF, type Tariff, tariffOf } from './tariff.js';

const amounts = fc.bigInt({ min: -MAX_TIYN, max: MAX_TIYN });
const rates = fc.bigInt({ min: 0n, max: MAX_RATE });

describe('a fee', () => {
  const fee = (amount: string, percent: string) => feeOf(Money.parse(amount).tiyn, rateOf(percent) ?? -1n);

  it('is what the regulation’s daily registry says: 91.04 of its three operations (R28)', () => {
    const fees = [fee('16900.00', '0.50'), fee('1650.00', '0.10'), fee('1630.00', '0.30')];
    expect(fees.map(formatTiyn)).toEqual(['84.50', '1.65', '4.89']);
    expect(formatTiyn(fees.reduce((a, b) => a + b))).toBe('91.04');
  });

  it('is what its monthly registry says: 40.36', () => {
    const fees = ['16900.00', '1650.00', '1630.00'].map((amount) => fee(amount, '0.20'));
    expect(fees.map(formatTiyn)).toEqual(['33.80', '3.30', '3.26']);
    expect(formatTiyn(fees.reduce((a, b) => a + b))).toBe('40.36');
  });

  it('of half a tiyn is a whole one, of less none', () => {
    expect(fee('1.00', '0.50')).toBe(1n);
    expect(fee('1.00', '0.4999')).toBe(0n);
    expect(fee('3.00', '0.50')).toBe(2n);
  });

  it('of what is given back is what was taken', () => {
    fc.assert(fc.property(amounts, rates, (amount, rate) => feeOf(-amount, rate) === -feeOf(amount, rate)));
  });

  it('is never further from the exact fee than half a tiyn, and where it is as far, it is up', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_TIYN }), rates, (amount, rate) => {
        const over = feeOf(amount, rate) * MAX_RATE - amount * rate;
        expect(-MAX_RATE / 2n < over && over <= MAX_RATE / 2n).toBe(true);
      }),
    );
  });
});

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
    expect(rateOf(text)).toBe(rate);
    expect(percentOf(rate)).toBe(written);
  });

  it.each(['100.0001', '101', '1000', '-1', '+1', '0,50', '.5', '1.', '1e1', '0.00001', ' 1', '1 ', '', '1\n', '١'])(
    'is not %j',
    (text) => {
      expect(rateOf(text)).toBeNull();
    },
  );

  it('is read as it was written, for every rate', () => {
    fc.assert(fc.property(rates, (rate) => rateOf(percentOf(rate)) === rate));
  });
});

describe('the tariff of an operation', () => {
  const tariff = (mcc: string | null, rate: bigint, validFrom: string): Tariff => ({
    ...{ service: 'PAYMENT', mcc, rate },
    validFrom: day(validFrom),
  });
  const list = [
    tariff('8021', 4n, '2026-03-01'),
    tariff(null, 1n, '2026-01-01'),
    tariff(null, 2n, '2026-02-01'),
    tariff('8021', 3n, '2026-01-15'),
  ];
  const rate = (mcc: string | null, on: string) =>
    tariffOf(list, { service: 'PAYMENT', mcc, day: day(on) })?.rate ?? null;

  it('is the newest of its MCC that is valid on its day', () => {
    expect([rate('8021', '2026-02-28'), rate('8021', '2026-03-01')]).toEqual([3n, 4n]);
  });

  it('is that of all others where its MCC has none yet, or none at all, or where it has no MCC', () => {
    expect([rate('8021', '2026-01-14'), rate('5411', '2026-02-01'), rate(null, '2026-01-31')]).toEqual([1n, 2n, 1n]);
  });

  it('is none before the first, nor of another service', () => {
    expect(rate('8021', '2025-12-31')).toBeNull();
    expect(tariffOf(list, { service: 'SERVICE', mcc: '8021', day: day('2026-03-01') })).toBeNull();
  });

  it('is the payment service’s for a daily registry, and that of “Сервис” for a monthly one', () => {
    expect(SERVICE_OF).toEqual({ DAILY: 'PAYMENT', MONTHLY: 'SERVICE' });
  });
});
