import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { bigintColumn, moneyColumn } from './column-values.js';
import { SnakeCaseNaming } from './naming.js';

describe('the columns of entities', () => {
  const naming = new SnakeCaseNaming();

  it.each([
    ['id', undefined, [], 'id'],
    ['paymentId', undefined, [], 'payment_id'],
    ['feeCorrectedAt', undefined, [], 'fee_corrected_at'],
    ['anything', 'given', [], 'given'],
    ['amount', undefined, ['lastRefund'], 'last_refund_amount'],
  ])('of the property %s, named %s, in %j is %s', (property, custom, prefixes, column) => {
    expect(naming.columnName(property, custom, prefixes)).toBe(column);
  });

  it('store an amount in tiyn exactly, and null', () => {
    const beyondNumbers = 9_007_199_254_740_993n;
    expect(bigintColumn.from(bigintColumn.to(-beyondNumbers))).toBe(-beyondNumbers);
    expect(moneyColumn.from(moneyColumn.to(Money.ofTiyn(beyondNumbers)))).toEqual(Money.ofTiyn(beyondNumbers));
    expect([bigintColumn, moneyColumn].map(({ to, from }) => [to(null), from(null)])).toEqual([
      [null, null],
      [null, null],
    ]);
  });
});
