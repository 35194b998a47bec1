import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { PRICE, paymentThatIs } from '../../../test/support/payments.js';
import { decideRefund as decideByJournal, type RefundPosition } from './refund.js';
import type { PaymentStatus } from './transitions.js';

const NOW = new Date('2026-03-10T09:00:00Z');
const TAKEN = { owed: PRICE.tiyn, refunded: 0n, left: PRICE.tiyn };
const tenge = (text: string) => Money.parse(text);

describe('a refund of a purchase that an operator took from the customer (R40)', () => {
  const decide = (status: PaymentStatus, amount: string, journal: RefundPosition) =>
    decideByJournal(paymentThatIs(status), tenge(amount), journal, NOW);

  it('is credited for a payment without a debit, up to what was taken', () => {
    expect(decide('CANCELLED', '100.00', TAKEN)).toMatchObject({
      ...{ kind: 'accepted', posting: null, againstReversal: false },
      payment: { status: 'CANCELLED', refundedAmount: PRICE },
    });
    expect(decide('CANCELLED', '100.01', TAKEN)).toMatchObject({ refusal: 'ABOVE_PAYMENT' });
    expect(decide('CANCELLED', '60.00', { ...TAKEN, left: 5_000n })).toMatchObject({ refusal: 'ABOVE_PAYMENT' });
    expect(decide('CANCELLED', '0.01', { ...TAKEN, left: 0n })).toMatchObject({ refusal: 'NOT_DEBITED' });
  });

  it('that Kaspi does not have after all does not count: the payment can be refunded whole', () => {
    const payment = paymentThatIs('CONFIRMED', { refundedAmount: tenge('40.00') });
    expect(decideByJournal(payment, PRICE, TAKEN, NOW)).toMatchObject({ kind: 'accepted', againstReversal: false });
    expect(decideByJournal(payment, PRICE, { ...TAKEN, refunded: 4000n }, NOW)).toMatchObject({
      refusal: 'ABOVE_PAYMENT',
    });
  });

  it('may be more than the payment if Kaspi has a larger purchase', () => {
    const larger = { owed: 13_000n, refunded: 0n, left: 13_000n };
    expect(decide('CONFIRMED', '130.00', larger)).toMatchObject({ kind: 'accepted', againstReversal: false });
    expect(decide('CONFIRMED', '130.01', larger)).toMatchObject({ refusal: 'ABOVE_PAYMENT' });
  });
});
