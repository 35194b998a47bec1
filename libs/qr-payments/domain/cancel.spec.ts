import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, Money } from '@mpp/kernel';
import { DEADLINE, paymentThatIs } from '../../../test/support/payments.js';
import { type CancelDecision, decideCancel } from './cancel.js';
import { isWaiting, PAYMENT_STATUSES, type PaymentStatus } from './transitions.js';

const NOW = new Date('2026-03-10T06:02:00Z');

/** What going back does in each status: it is told to the PS, it is over already, or it is refused. Source: R14, contract. */
const GOING_BACK: Readonly<Record<PaymentStatus, CancelDecision['kind'] | 'STATE_CONFLICT'>> = {
  AWAITING_AMOUNT: 'write',
  AWAITING_CHECKOUT: 'write',
  AWAITING_CONFIRMATION: 'write',
  DEBITING: 'STATE_CONFLICT',
  PROCESSING: 'STATE_CONFLICT',
  IN_DOUBT: 'STATE_CONFLICT',
  REVERSING: 'STATE_CONFLICT',
  CONFIRMED: 'STATE_CONFLICT',
  REVERSED: 'STATE_CONFLICT',
  DECLINED: 'STATE_CONFLICT',
  CANCELLED: 'already-decided',
  EXPIRED: 'write',
};

describe('going back (R14)', () => {
  it.each(PAYMENT_STATUSES.map((status) => [status, GOING_BACK[status]] as const))(
    'from a payment that is %s: %s',
    (status, expected) => {
      const cancel = () => decideCancel(paymentThatIs(status), false, NOW);
      if (expected === 'STATE_CONFLICT') expect(cancel).toThrow(expect.objectContaining({ code: expected }));
      else expect(cancel().kind).toBe(expected);
    },
  );

  it.each(PAYMENT_STATUSES.filter(isWaiting))(
    'makes a payment that is %s CANCELLED, and the PS is told so',
    (status) => {
      const payment = paymentThatIs(status);
      expect(decideCancel(payment, false, NOW)).toEqual({
        kind: 'write',
        payment: {
          ...payment,
          status: 'CANCELLED',
          version: payment.version + 1,
          expiresAt: null,
          notifyResult: 'CANCELLED_BY_CLIENT',
          updatedAt: NOW,
        },
      });
    },
  );

  it('is possible for as long as nobody has found that the time is over', () => {
    const late = addMilliseconds(DEADLINE, 60_000);
    expect(decideCancel(paymentThatIs('AWAITING_CONFIRMATION'), false, late)).toMatchObject({
      payment: { status: 'CANCELLED' },
    });
  });

  it('keeps the price of a Custom payment, and none where checkout has named none', () => {
    const price = Money.parse('1500.00');
    const withPrice = paymentThatIs('AWAITING_CONFIRMATION', { qrCodeType: 'Custom', amount: price });
    expect(decideCancel(withPrice, false, NOW)).toMatchObject({ payment: { amount: price } });
    expect(decideCancel(paymentThatIs('AWAITING_CHECKOUT'), false, NOW)).toMatchObject({ payment: { amount: null } });
  });

  describe('after the time was over', () => {
    const expired = paymentThatIs('EXPIRED');

    it('leaves the payment EXPIRED, with its reason, and still tells the PS', () => {
      expect(decideCancel(expired, false, NOW)).toEqual({
        kind: 'write',
        payment: { ...expired, version: expired.version + 1, notifyResult: 'CANCELLED_BY_CLIENT', updatedAt: NOW },
      });
      expect(expired.failure).toEqual({ code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null });
    });

    it('tells the PS once: going back a second time changes nothing', () => {
      const first = decideCancel(expired, false, NOW);
      if (first.kind !== 'write') throw new Error('nothing was to be written');
      expect(decideCancel(first.payment, false, addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
    });
  });

  it('from a purchase that somebody else has paid is between us and the customer: the PS is not told, theirs stands (R33)', () => {
    const payment = paymentThatIs('AWAITING_CONFIRMATION');
    expect(decideCancel(payment, true, NOW)).toMatchObject({
      kind: 'write',
      payment: { status: 'CANCELLED', notifyResult: null },
    });
    expect(decideCancel(paymentThatIs('EXPIRED'), true, NOW)).toEqual({ kind: 'already-decided' });
  });

  it('twice is going back once', () => {
    const first = decideCancel(paymentThatIs('AWAITING_AMOUNT'), false, NOW);
    if (first.kind !== 'write') throw new Error('nothing was to be written');
    expect(decideCancel(first.payment, false, addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
  });
});
