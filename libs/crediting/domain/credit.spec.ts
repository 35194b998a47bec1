import { describe, expect, it } from '@jest/globals';
import {
  type AccountId,
  addMilliseconds,
  type CustomerId,
  customerMoneyDeadline,
  Money,
  type PaymentId,
} from '@mpp/kernel';
import fc from 'fast-check';
import { decideCredit } from './credit.js';
import type { OwedMoney } from './owed-money.js';

const MINUTE = 60_000;
const TAKEN = new Date('2026-03-10T06:00:00Z');
const past = (minutes: number) => addMilliseconds(TAKEN, minutes * MINUTE);
const PAID_FROM = '019a0000-0000-7000-8000-000000000002' as AccountId;
const OTHER = '019a0000-0000-7000-8000-000000000003' as AccountId;
const { dueAt: creditBy, nextEscalationAt } = customerMoneyDeadline(TAKEN, 60 * MINUTE);
const owed: OwedMoney = {
  ...{ id: 'r', paymentId: 'p' as PaymentId, customerId: '900900000001' as CustomerId, amount: Money.parse('30.00') },
  ...{ accountId: PAID_FROM, createdAt: TAKEN, creditBy, nextEscalationAt },
  ...{ suspendedAt: null, creditedAt: null, creditedAccountId: null },
};

describe.each(['REFUND', 'REVERSAL'] as const)('crediting a %s', (debt) => {
  const decide = (money: OwedMoney, account: AccountId | null, now: Date) => decideCredit(debt, money, account, now);
  const changed = (money: OwedMoney, account: AccountId | null, now: Date): OwedMoney => {
    const { change } = decide(money, account, now);
    if (change === null) throw new Error('nothing changed');
    return { ...money, ...change };
  };
  const suspended = changed(owed, null, past(1));
  const NOTHING = { change: null, posting: null, alerts: [], credited: false };

  it('on the account that paid credits it without an alert', () => {
    expect(decide(owed, PAID_FROM, past(1))).toEqual({
      change: { suspendedAt: null, creditedAt: past(1), creditedAccountId: PAID_FROM, nextEscalationAt: null },
      posting: 'CREDIT',
      alerts: [],
      credited: true,
    });
  });

  it('on another account of the customer raises an alert', () => {
    expect(decide(owed, OTHER, past(1))).toMatchObject({
      change: { creditedAt: past(1), creditedAccountId: OTHER },
      posting: 'CREDIT',
      alerts: [`${debt}_TO_OTHER_ACCOUNT`],
      credited: true,
    });
  });

  it('on no account puts it into suspense with an alert, and its hour goes on', () => {
    expect(decide(owed, null, past(1))).toEqual({
      change: { suspendedAt: past(1), creditedAt: null, creditedAccountId: null, nextEscalationAt: past(30) },
      posting: 'SUSPEND',
      alerts: [`${debt}_IN_SUSPENSE`],
      credited: false,
    });
  });

  it('in suspense and still without an account changes nothing and raises no further alert', () => {
    for (const minute of [2, 31, 61]) expect(decide(suspended, null, past(minute))).toEqual(NOTHING);
  });

  it.each([
    ['the account that paid', PAID_FROM, []],
    ['another account', OTHER, [`${debt}_TO_OTHER_ACCOUNT`]],
  ])('from suspense on %s releases the money from suspense', (_, account, alerts) => {
    expect(decide(suspended, account, past(2))).toEqual({
      change: { suspendedAt: past(1), creditedAt: past(2), creditedAccountId: account, nextEscalationAt: null },
      posting: 'RELEASE',
      alerts,
      credited: true,
    });
  });

  it('that is credited already does nothing, with any account and at any time', () => {
    const credited = changed(owed, PAID_FROM, past(1));
    for (const account of [PAID_FROM, OTHER, null]) {
      expect(decide(credited, account, past(90))).toEqual({ ...NOTHING, credited: true });
    }
  });

  it.each([
    [29, []],
    [30, ['HALF_TIME']],
    [48, ['HALF_TIME', 'SHORT_OF_TIME']],
    [60, ['HALF_TIME', 'SHORT_OF_TIME', 'OVERDUE']],
  ])('after %i minutes without an escalation raises the alerts that are missing: %j', (minute, steps) => {
    const alerts = steps.map((step) => `${debt}_${step}`);
    expect(decide(owed, PAID_FROM, past(minute)).alerts).toEqual(alerts);
    expect(decide(suspended, PAID_FROM, past(minute)).alerts).toEqual(alerts);
  });

  it('late does not repeat alerts that were raised', () => {
    const escalated = { ...owed, nextEscalationAt: past(60) };
    expect(decide(escalated, PAID_FROM, past(59)).alerts).toEqual([]);
    expect(decide(escalated, OTHER, past(60)).alerts).toEqual([`${debt}_OVERDUE`, `${debt}_TO_OTHER_ACCOUNT`]);
    expect(decide({ ...owed, nextEscalationAt: null }, PAID_FROM, past(99)).alerts).toEqual([]);
  });

  it('tried any number of times on any accounts moves the money to the customer once', () => {
    const tries = fc.array(
      fc.record({
        account: fc.constantFrom(PAID_FROM, OTHER, null),
        pause: fc.integer({ min: 0, max: 20 * MINUTE }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(tries, (steps) => {
        let money = owed;
        let now = TAKEN;
        const postings: string[] = [];
        const alerts: string[] = [];
        for (const { account, pause } of steps) {
          now = addMilliseconds(now, pause);
          const decision = decide(money, account, now);
          if (decision.posting !== null) postings.push(decision.posting);
          alerts.push(...decision.alerts);
          money = { ...money, ...decision.change };
          expect(decision.credited).toBe(money.creditedAt !== null);
        }
        const first = steps.findIndex(({ account }) => account !== null);
        const credit = first === 0 ? ['CREDIT'] : ['SUSPEND', 'RELEASE'];
        expect(postings).toEqual(first >= 0 ? credit : steps.length > 0 ? ['SUSPEND'] : []);
        expect(money.creditedAccountId).toBe(steps[first]?.account ?? null);
        expect(new Set(alerts).size).toBe(alerts.length);
      }),
    );
  });
});
