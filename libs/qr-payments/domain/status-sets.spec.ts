import { describe, expect, it } from '@jest/globals';
import { CUSTOMER_HAS_MONEY_STATUSES, OPEN_STATUSES } from './status-sets.js';

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
