import { describe, expect, it } from '@jest/globals';
import { type AccountId, addMilliseconds, type CustomerId, Money, type PaymentId, type RefundId } from '@mpp/kernel';
import { isOverdue, timeLeftMs } from './overdue.js';
import { acceptedRefund, creditedRefund } from './refund.js';
import { isOwed } from './refund-status.js';

const MINUTE = 60_000;
const TAKEN = new Date('2026-03-10T06:00:00Z');
const past = (minutes: number) => addMilliseconds(TAKEN, minutes * MINUTE);
const PAID_FROM = '019a0000-0000-7000-8000-000000000002' as AccountId;
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
const uncredited = { nextEscalationAt: past(30), creditedAt: null, creditedAccountId: null };

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
  });
});

describe('a refund', () => {
  it('in suspense is still owed, and overdue after its hour', () => {
    const suspended = creditedRefund(accepted, { ...uncredited, suspendedAt: past(1) });
    expect(suspended).toEqual({ ...accepted, status: 'SUSPENDED', suspendedAt: past(1) });
    expect(isOwed(suspended.status)).toBe(true);
    expect([isOverdue(suspended, past(59)), isOverdue(suspended, past(60))]).toEqual([false, true]);
  });

  it('that is credited is not owed any more', () => {
    const change = { nextEscalationAt: null, suspendedAt: null, creditedAt: past(1), creditedAccountId: PAID_FROM };
    const credited = creditedRefund(accepted, change);
    expect(credited).toEqual({ ...accepted, ...change, status: 'CREDITED' });
    expect([isOwed(credited.status), timeLeftMs(credited, past(1))]).toEqual([false, null]);
  });
});
