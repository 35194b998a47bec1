import { describe, expect, it } from '@jest/globals';
import { CUSTOMER_HAS_MONEY_STATUSES, OPEN_STATUSES, purchaseStateBy } from './status-sets.js';

describe('the sets of payment statuses', () => {
  it('have the debited payments without an end as open', () => {
    expect(OPEN_STATUSES).toEqual(['PROCESSING', 'IN_DOUBT', 'REVERSING']);
  });

  it('have the payments whose customer has the money, or gets it back', () => {
    expect(CUSTOMER_HAS_MONEY_STATUSES).toEqual([
      'AWAITING_AMOUNT',
      'AWAITING_CHECKOUT',
      'AWAITING_CONFIRMATION',
      'REVERSING',
      'REVERSED',
      'DECLINED',
      'CANCELLED',
      'EXPIRED',
    ]);
  });
});

describe('a purchase of several customers (R33, R38)', () => {
  it('is open without a result', () => expect(purchaseStateBy(null)).toBe('open'));

  it.each(['DEBITING', 'PROCESSING', 'IN_DOUBT', 'CONFIRMED'] as const)(
    'is paid if the payment with its result is %s',
    (status) => expect(purchaseStateBy(status)).toBe('paid'),
  );

  it.each(['REVERSING', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const)(
    'is closed if the payment with its result is %s',
    (status) => expect(purchaseStateBy(status)).toBe('closed'),
  );
});
