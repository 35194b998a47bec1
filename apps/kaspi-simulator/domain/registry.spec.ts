import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DIFFERENCE_KINDS, plantDifferences } from './planted-differences.js';
import { type RegistryLine, totalsOf } from './registry.js';
import { feeOf } from './registry-rates.js';

const line = fc.record<RegistryLine>({
  type: fc.constant('Покупка'),
  operationId: fc.bigInt({ min: 1n, max: 10n ** 13n }).map((number) => `QR${number}`),
  mppPaymentId: fc.uuid(),
  confirmed: fc.constant(true),
  at: fc.date({ noInvalidDate: true }),
  customerId: fc.stringMatching(/^\d{1,12}$/),
  amount: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  fee: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  rate: fc.bigInt({ min: 0n, max: 100_000n }),
  mcc: fc.constant('5812'),
});
const lines = fc.uniqueArray(line, { selector: ({ operationId }) => operationId, minLength: 8, maxLength: 20 });

describe('A fee', () => {
  it.each([
    [1_690_000n, 5_000n, 8_450n],
    [165_000n, 1_000n, 165n],
    [163_000n, 3_000n, 489n],
    [1_690_000n, 2_000n, 3_380n],
    [100n, 5_000n, 1n],
    [99n, 5_000n, 0n],
    [0n, 5_000n, 0n],
  ])(
    'of %s tiyn at %s ten-thousandths of a percent is %s tiyn: half a tiyn counts as one (R28)',
    (amount, rate, fee) => {
      expect(feeOf(amount, rate)).toBe(fee);
    },
  );

  it('differs from the exact product by at most half a tiyn', () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 17n });
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 0n, max: 999_999n }), (amount, rate) => {
        const twiceTooMuch = 2n * (feeOf(amount, rate) * 1_000_000n - amount * rate);
        expect(twiceTooMuch > -1_000_000n && twiceTooMuch <= 1_000_000n).toBe(true);
      }),
    );
  });
});

describe('Planted differences in a registry', () => {
  it('are all reported with their rows, and the totals fit the rows unless a wrong total is planted', () => {
    const kinds = fc.uniqueArray(fc.constantFrom(...DIFFERENCE_KINDS));
    fc.assert(
      fc.property(lines, kinds, (given, planned) => {
        const {
          lines: written,
          totals,
          planted,
        } = plantDifferences(
          given,
          planned.map((kind) => ({ kind, nth: null })),
        );
        expect(planted.map(({ plant }) => plant).toSorted()).toEqual(planned.toSorted());
        for (const { operationId, row } of planted) {
          if (operationId === null) continue;
          if (row === null) expect(written.some((line) => line.operationId === operationId)).toBe(false);
          else expect(written[row - 3]?.operationId).toBe(operationId);
        }
        const right = totalsOf(written);
        expect(totals).toEqual(planned.includes('total') ? { ...right, amount: right.amount + 100n } : right);
      }),
    );
  });

  it('leave the registry unchanged if there are none', () => {
    fc.assert(
      fc.property(lines, (given) => {
        expect(plantDifferences(given, [])).toEqual({ lines: given, totals: totalsOf(given), planted: [] });
      }),
    );
  });
});
