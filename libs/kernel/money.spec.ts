import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTiyn, MAX_TIYN, Money } from './money.js';

describe('Money', () => {
  it('formats every amount as it was parsed, to the tiyn', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_TIYN }), (tiyn) => {
        expect(Money.parse(Money.ofTiyn(tiyn).toString()).tiyn).toBe(tiyn);
      }),
    );
  });

  it('is never negative, and never exceeds its upper bound', () => {
    expect(() => Money.parse('1.00').minus(Money.parse('1.01'))).toThrow();
    expect(() => Money.ofTiyn(MAX_TIYN).plus(Money.ofTiyn(1n))).toThrow();
  });

  it('is unchanged after adding and subtracting the same amount', () => {
    const amount = fc.bigInt({ min: 0n, max: MAX_TIYN / 2n }).map((tiyn) => Money.ofTiyn(tiyn));
    fc.assert(fc.property(amount, amount, (a, b) => a.plus(b).minus(b).equals(a)));
  });

  it('is formatted as whole tenge if it has no tiyn, and is refused there otherwise (R2, R3)', () => {
    expect(Money.parse('150.00').toWholeTenge()).toBe('150');
    expect(() => Money.parse('150.50').toWholeTenge()).toThrow(expect.objectContaining({ code: 'AMOUNT_NOT_WHOLE' }));
  });
});

describe('an amount in tiyn', () => {
  it.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [-5n, '-0.05'],
    [-1_200n, '-12.00'],
    [MAX_TIYN * 1000n + 1n, '1000000000000000000.01'],
    [-MAX_TIYN * 1000n, '-1000000000000000000.00'],
  ])('%s is formatted as %s', (tiyn, text) => {
    expect(formatTiyn(tiyn)).toBe(text);
  });
});
