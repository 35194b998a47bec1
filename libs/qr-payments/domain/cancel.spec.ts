import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, Money } from '@mpp/kernel';
import { DEADLINE, paymentThatIs } from '../../../test/support/payments.js';
import { type CancelDecision, decideCancel } from './cancel.js';
import { isWaiting, PAYMENT_STATUSES, type PaymentStatus } from './transitions.js';

const NOW = new Date('2026-03-10T06:02:00Z');

/** What a cancel does in each status: the PS is notified, it is already decided, or it is refused. Source: R14, contract. */
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

describe('a cancel (R14)', () => {
  it.each(PAYMENT_STATUSES.map((status) => [status, GOING_BACK[status]] as const))(
    'of a payment that is %s: %s',
    (status, expected) => {
      const cancel = () => decideCancel(paymentThatIs(status), false, NOW);
      if (expected === 'STATE_CONFLICT') expect(cancel).toThrow(expect.objectContaining({ code: expected }));
      else expect(cancel().kind).toBe(expected);
    },
  );

  it.each(PAYMENT_STATUSES.filter(isWaiting))('makes a payment that is %s CANCELLED and notifies the PS', (status) => {
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
  });

  it('is possible until the payment is EXPIRED, also after its last moment', () => {
    const late = addMilliseconds(DEADLINE, 60_000);
    expect(decideCancel(paymentThatIs('AWAITING_CONFIRMATION'), false, late)).toMatchObject({
      payment: { status: 'CANCELLED' },
    });
  });

  it('keeps the price of a Custom payment, if there is one', () => {
    const price = Money.parse('1500.00');
    const withPrice = paymentThatIs('AWAITING_CONFIRMATION', { qrCodeType: 'Custom', amount: price });
    expect(decideCancel(withPrice, false, NOW)).toMatchObject({ payment: { amount: price } });
    expect(decideCancel(paymentThatIs('AWAITING_CHECKOUT'), false, NOW)).toMatchObject({ payment: { amount: null } });
  });

  describe('of an expired payment', () => {
    const expired = paymentThatIs('EXPIRED');

    it('leaves it EXPIRED, with its reason, and notifies the PS', () => {
      expect(decideCancel(expired, false, NOW)).toEqual({
        kind: 'write',
        payment: { ...expired, version: expired.version + 1, notifyResult: 'CANCELLED_BY_CLIENT', updatedAt: NOW },
      });
      expect(expired.failure).toEqual({ code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null });
    });

    it('notifies the PS once: a second cancel changes nothing', () => {
      const first = decideCancel(expired, false, NOW);
      if (first.kind !== 'write') throw new Error('nothing was to be written');
      expect(decideCancel(first.payment, false, addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
    });
  });

  it('sends no notify if another customer paid the purchase: their payment is valid (R33)', () => {
    const payment = paymentThatIs('AWAITING_CONFIRMATION');
    expect(decideCancel(payment, true, NOW)).toMatchObject({
      kind: 'write',
      payment: { status: 'CANCELLED', notifyResult: null },
    });
    expect(decideCancel(paymentThatIs('EXPIRED'), true, NOW)).toEqual({ kind: 'already-decided' });
  });

  it('that is repeated changes nothing', () => {
    const first = decideCancel(paymentThatIs('AWAITING_AMOUNT'), false, NOW);
    if (first.kind !== 'write') throw new Error('nothing was to be written');
    expect(decideCancel(first.payment, false, addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
  });
});
