import { describe, expect, it } from '@jest/globals';
import { paymentThatIs } from '../../../test/support/payments.js';
import { failureText } from './failure.js';
import { decideResolve, RESOLUTIONS } from './resolve.js';
import { PAYMENT_STATUSES } from './transitions.js';

const NOW = new Date('2026-03-10T09:00:00Z');
const IN_DOUBT = paymentThatIs('IN_DOUBT');

describe('a payment in doubt that an operator settles (R12)', () => {
  it('as CONFIRMED is confirmed now, and its money is owed to Kaspi', () => {
    expect(decideResolve(IN_DOUBT, 'CONFIRMED', NOW)).toEqual({
      posting: 'SETTLEMENT',
      payment: {
        ...IN_DOUBT,
        status: 'CONFIRMED',
        version: IN_DOUBT.version + 1,
        confirmedAt: NOW,
        settledBy: 'OPERATOR',
        updatedAt: NOW,
      },
    });
  });

  it('as REVERSED returns the money to the customer, with a reason', () => {
    const { payment, posting } = decideResolve(IN_DOUBT, 'REVERSED', NOW);
    expect(posting).toBe('REVERSAL');
    expect(payment).toEqual({
      ...IN_DOUBT,
      status: 'REVERSED',
      version: IN_DOUBT.version + 1,
      failure: { code: 'NOT_CONFIRMED', kaspiResultCode: null },
      settledBy: 'OPERATOR',
      updatedAt: NOW,
    });
    expect(payment.failure && failureText(payment.failure, payment.status).ru).toBe(
      'Kaspi не подтвердил оплату. Деньги возвращены.',
    );
  });

  it('keeps the debit, the time of the doubt and the result for the PS', () => {
    for (const outcome of RESOLUTIONS) {
      const { amount, accountId, debitedAt, doubtedAt, notifyResult } = IN_DOUBT;
      expect(decideResolve(IN_DOUBT, outcome, NOW).payment).toMatchObject({
        ...{ amount, accountId, debitedAt, doubtedAt, notifyResult },
      });
    }
  });

  it.each(PAYMENT_STATUSES.filter((status) => status !== 'IN_DOUBT'))(
    'is refused for a payment that is %s',
    (status) => {
      for (const outcome of RESOLUTIONS) {
        const resolve = () => decideResolve(paymentThatIs(status), outcome, NOW);
        expect(resolve).toThrow(expect.objectContaining({ code: 'STATE_CONFLICT' }));
      }
    },
  );

  it('is settled once: neither the same nor the other decision is accepted a second time', () => {
    for (const first of RESOLUTIONS) {
      const { payment } = decideResolve(IN_DOUBT, first, NOW);
      for (const second of RESOLUTIONS) {
        expect(() => decideResolve(payment, second, NOW)).toThrow(expect.objectContaining({ code: 'STATE_CONFLICT' }));
      }
    }
  });
});
