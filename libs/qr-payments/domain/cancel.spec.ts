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
      const cancel = () => decideCancel(paymentThatIs(status), 'open', NOW);
      if (expected === 'STATE_CONFLICT') expect(cancel).toThrow(expect.objectContaining({ code: expected }));
      else expect(cancel().kind).toBe(expected);
    },
  );

  it.each(PAYMENT_STATUSES.filter(isWaiting))('makes a payment that is %s CANCELLED and notifies the PS', (status) => {
    const payment = paymentThatIs(status);
    expect(decideCancel(payment, 'open', NOW)).toEqual({
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
    expect(decideCancel(paymentThatIs('AWAITING_CONFIRMATION'), 'open', late)).toMatchObject({
      payment: { status: 'CANCELLED' },
    });
  });

  it('keeps the price of a Custom payment, if there is one', () => {
    const price = Money.parse('1500.00');
    const withPrice = paymentThatIs('AWAITING_CONFIRMATION', { qrCodeType: 'Custom', amount: price });
    expect(decideCancel(withPrice, 'open', NOW)).toMatchObject({ payment: { amount: price } });
    expect(decideCancel(paymentThatIs('AWAITING_CHECKOUT'), 'open', NOW)).toMatchObject({ payment: { amount: null } });
  });

  describe('of an expired payment', () => {
    const expired = paymentThatIs('EXPIRED');

    it('leaves it EXPIRED, with its reason, and notifies the PS', () => {
      expect(decideCancel(expired, 'open', NOW)).toEqual({
        kind: 'write',
        payment: { ...expired, version: expired.version + 1, notifyResult: 'CANCELLED_BY_CLIENT', updatedAt: NOW },
      });
      expect(expired.failure).toEqual({ code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null });
    });

    it('notifies the PS once: a second cancel changes nothing', () => {
      const first = decideCancel(expired, 'open', NOW);
      if (first.kind !== 'write') throw new Error('nothing was to be written');
      expect(decideCancel(first.payment, 'open', addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
    });
  });

  it.each(['paid', 'closed'] as const)(
    'sends no notify if another customer’s payment has a result, and the purchase is %s (R33, R38)',
    (purchase) => {
      const payment = paymentThatIs('AWAITING_CONFIRMATION');
      expect(decideCancel(payment, purchase, NOW)).toMatchObject({
        kind: 'write',
        payment: { status: 'CANCELLED', notifyResult: null },
      });
      expect(decideCancel(paymentThatIs('EXPIRED'), purchase, NOW)).toEqual({ kind: 'already-decided' });
    },
  );

  it('that is repeated changes nothing', () => {
    const first = decideCancel(paymentThatIs('AWAITING_AMOUNT'), 'open', NOW);
    if (first.kind !== 'write') throw new Error('nothing was to be written');
    expect(decideCancel(first.payment, 'open', addMilliseconds(NOW, 1))).toEqual({ kind: 'already-decided' });
  });
});
