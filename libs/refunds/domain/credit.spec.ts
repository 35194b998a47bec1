import { describe, expect, it } from '@jest/globals';
import { type AccountId, addMilliseconds, type CustomerId, Money, type PaymentId, type RefundId } from '@mpp/kernel';
import fc from 'fast-check';
import { decideCredit } from './credit.js';
import { acceptedRefund, type Refund } from './refund.js';
import { isOwed } from './refund-status.js';

const MINUTE = 60_000;
const TAKEN = new Date('2026-03-10T06:00:00Z');
const past = (minutes: number) => addMilliseconds(TAKEN, minutes * MINUTE);
const PAID_FROM = '019a0000-0000-7000-8000-000000000002' as AccountId;
const OTHER = '019a0000-0000-7000-8000-000000000003' as AccountId;
const PAYMENT = { id: 'p' as PaymentId, customerId: '900900000001' as CustomerId, accountId: PAID_FROM };
const ORDER = {
  refundId: 'Ref1' as RefundId,
  customerId: '900900000001',
  kaspiPaymentId: 'ps-1',
  amount: Money.parse('30.00'),
  linkReceipt: 'https://receipt.kaspi.kz/ext?TranId=a',
  pdfReceipt: null,
};
const HOUR = 60 * MINUTE;
const accepted = acceptedRefund('r', ORDER, PAYMENT, false, HOUR, TAKEN);

function suspended(at = past(1)): Refund {
  const { refund } = decideCredit(accepted, null, at);
  if (refund === null) throw new Error('nothing changed');
  return refund;
}

describe('a refund that was just accepted', () => {
  it('is owed to the account that paid, within the hour, and no alert was raised yet', () => {
    expect(accepted).toEqual({
      ...ORDER,
      id: 'r',
      status: 'ACCEPTED',
      customerId: PAYMENT.customerId,
      paymentId: 'p',
      accountId: PAID_FROM,
      creditBy: past(60),
      nextEscalationAt: past(30),
      suspendedAt: null,
      creditedAt: null,
      creditedAccountId: null,
      createdAt: TAKEN,
    });
    expect(isOwed(accepted.status)).toBe(true);
  });

  it('against a reversal is credited at once, on no account, and is never escalated', () => {
    const done = acceptedRefund('r', ORDER, PAYMENT, true, HOUR, TAKEN);
    expect(done).toMatchObject({
      status: 'CREDITED',
      creditedAt: TAKEN,
      creditedAccountId: null,
      nextEscalationAt: null,
    });
    expect(isOwed(done.status)).toBe(false);
    expect(decideCredit(done, PAID_FROM, past(1))).toMatchObject({ refund: null, posting: null, credited: true });
  });

  it('of a payment that was debited from no account is an error', () => {
    expect(() => acceptedRefund('r', ORDER, { ...PAYMENT, accountId: null }, false, HOUR, TAKEN)).toThrow('no account');
  });
});

describe('crediting a refund', () => {
  it('on the account that paid credits it without an alert', () => {
    expect(decideCredit(accepted, PAID_FROM, past(1))).toEqual({
      refund: {
        ...accepted,
        status: 'CREDITED',
        creditedAt: past(1),
        creditedAccountId: PAID_FROM,
        nextEscalationAt: null,
      },
      posting: 'CREDIT',
      alerts: [],
      credited: true,
    });
  });

  it('on another account of the customer raises an alert', () => {
    expect(decideCredit(accepted, OTHER, past(1))).toMatchObject({
      refund: { status: 'CREDITED', creditedAccountId: OTHER },
      posting: 'CREDIT',
      alerts: ['REFUND_TO_OTHER_ACCOUNT'],
      credited: true,
    });
  });

  it('on no account puts it into suspense with an alert, and its hour goes on', () => {
    expect(decideCredit(accepted, null, past(1))).toEqual({
      refund: { ...accepted, status: 'SUSPENDED', suspendedAt: past(1) },
      posting: 'SUSPEND',
      alerts: ['REFUND_IN_SUSPENSE'],
      credited: false,
    });
    expect(isOwed(suspended().status)).toBe(true);
  });

  it('in suspense and still without an account changes nothing and raises no further alert', () => {
    for (const minute of [2, 31, 61]) {
      expect(decideCredit(suspended(), null, past(minute))).toEqual({
        refund: null,
        posting: null,
        alerts: [],
        credited: false,
      });
    }
  });

  it.each([
    ['the account that paid', PAID_FROM, []],
    ['another account', OTHER, ['REFUND_TO_OTHER_ACCOUNT']],
  ])('from suspense on %s releases the money from suspense', (_, account, alerts) => {
    expect(decideCredit(suspended(), account, past(2))).toEqual({
      refund: {
        ...suspended(),
        status: 'CREDITED',
        creditedAt: past(2),
        creditedAccountId: account,
        nextEscalationAt: null,
      },
      posting: 'RELEASE',
      alerts,
      credited: true,
    });
  });

  it('that is credited already does nothing, with any account and at any time', () => {
    const { refund } = decideCredit(accepted, PAID_FROM, past(1));
    for (const account of [PAID_FROM, OTHER, null]) {
      const again = decideCredit(refund as Refund, account, past(90));
      expect(again).toEqual({ refund: null, posting: null, alerts: [], credited: true });
    }
  });

  it.each([
    [29, []],
    [30, ['REFUND_HALF_TIME']],
    [48, ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME']],
    [60, ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME', 'REFUND_OVERDUE']],
  ])('after %i minutes without an escalation raises the alerts that are missing: %j', (minute, alerts) => {
    expect(decideCredit(accepted, PAID_FROM, past(minute)).alerts).toEqual(alerts);
    expect(decideCredit(suspended(), PAID_FROM, past(minute)).alerts).toEqual(alerts);
  });

  it('late does not repeat alerts that were raised', () => {
    const escalated = { ...accepted, nextEscalationAt: past(60) };
    expect(decideCredit(escalated, PAID_FROM, past(59)).alerts).toEqual([]);
    expect(decideCredit(escalated, OTHER, past(60)).alerts).toEqual(['REFUND_OVERDUE', 'REFUND_TO_OTHER_ACCOUNT']);
    expect(decideCredit({ ...accepted, nextEscalationAt: null }, PAID_FROM, past(99)).alerts).toEqual([]);
  });

  it('tried any number of times on any accounts moves the money from Kaspi’s debt to the customer once', () => {
    const tries = fc.array(
      fc.record({
        account: fc.constantFrom(PAID_FROM, OTHER, null),
        pause: fc.integer({ min: 0, max: 20 * MINUTE }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(tries, (steps) => {
        let refund: Refund = accepted;
        let now = TAKEN;
        const postings: string[] = [];
        const alerts: string[] = [];
        for (const { account, pause } of steps) {
          now = addMilliseconds(now, pause);
          const decision = decideCredit(refund, account, now);
          if (decision.posting !== null) postings.push(decision.posting);
          alerts.push(...decision.alerts);
          refund = decision.refund ?? refund;
          expect(decision.credited).toBe(refund.status === 'CREDITED');
        }
        const first = steps.findIndex(({ account }) => account !== null);
        const ways = {
          ACCEPTED: [],
          SUSPENDED: ['SUSPEND'],
          CREDITED: first === 0 ? ['CREDIT'] : ['SUSPEND', 'RELEASE'],
        };
        expect(postings).toEqual(ways[refund.status]);
        expect(refund.creditedAccountId).toBe(steps[first]?.account ?? null);
        expect(new Set(alerts).size).toBe(alerts.length);
      }),
    );
  });
});
