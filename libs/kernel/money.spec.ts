import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTiyn, MAX_TIYN, Money } from './money.js';

describe('Money', () => {
  it.each([
    ['100.00', 10_000n],
    ['100', 10_000n],
    ['100.5', 10_050n],
    ['0.01', 1n],
    ['007.10', 710n],
    ['0', 0n],
  ])('parses %s as %s tiyn (R1)', (text, tiyn) => {
    expect(Money.parse(text).tiyn).toBe(tiyn);
  });

  it.each([
    '1e2',
    '-1',
    '+1',
    '1 000',
    '100,00',
    '100.001',
    '',
    '.5',
    '5.',
    ' 5',
    '5\n',
    '١٠',
    'NaN',
    '0x10',
    '1\u00a0000',
  ])('refuses %j (R1)', (text) => {
    expect(() => Money.parse(text)).toThrow(expect.objectContaining({ code: 'AMOUNT_INVALID' }));
  });

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
