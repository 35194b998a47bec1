import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { ACCOUNT, MERCHANT, paymentThatIs, scanned } from '../../../test/support/payments.js';
import { type DebitsOfDay, declinedByLimit, type LimitHit, type LimitRules, limitHit } from './limits.js';
import { type PaymentMerchant, transition } from './payment.js';

const NOW = new Date('2026-03-10T06:01:00Z');
const OFF: LimitRules = { maxAmount: null, dailySum: null, dailyCount: null, excludedMccs: [] };
const tenge = (text: string) => Money.parse(text);

interface Case {
  readonly amount: string;
  readonly rules: Partial<LimitRules>;
  readonly merchant?: PaymentMerchant | null;
  /** The earlier debits of the day. */
  readonly sum?: string;
  readonly count?: number;
}

function hit({ amount, rules, merchant = MERCHANT, sum = '0.00', count = 0 }: Case): LimitHit | null {
  const debit = paymentThatIs('PROCESSING', { amount: tenge(amount), merchant });
  return limitHit(debit, { ...OFF, ...rules }, { sum: tenge(sum).tiyn, count });
}

describe('a limit of the bank', () => {
  it.each<[string, LimitHit | null, Case]>([
    ['exactly the largest payment is allowed', null, { amount: '500.00', rules: { maxAmount: tenge('500.00') } }],
    ['a tiyn above it is not', 'MAX_PAYMENT_AMOUNT', { amount: '500.01', rules: { maxAmount: tenge('500.00') } }],
    [
      'the largest payment does not include earlier payments',
      null,
      { amount: '500.00', sum: '9000.00', rules: { maxAmount: tenge('500.00') } },
    ],
    ['the day’s sum may be reached', null, { amount: '400.00', sum: '600.00', rules: { dailySum: tenge('1000.00') } }],
    [
      'the day’s sum may not be exceeded by a tiyn',
      'DAILY_SUM_LIMIT',
      { amount: '400.01', sum: '600.00', rules: { dailySum: tenge('1000.00') } },
    ],
    [
      'the day’s sum applies to the first payment too',
      'DAILY_SUM_LIMIT',
      { amount: '1000.01', rules: { dailySum: tenge('1000.00') } },
    ],
    [
      'after the day’s sum is exceeded, no payment is allowed',
      'DAILY_SUM_LIMIT',
      { amount: '0.01', sum: '1000.00', rules: { dailySum: tenge('1000.00') } },
    ],
    ['the last payment of the day’s number is allowed', null, { amount: '1.00', count: 2, rules: { dailyCount: 3 } }],
    ['the next one is not', 'DAILY_COUNT_LIMIT', { amount: '1.00', count: 3, rules: { dailyCount: 3 } }],
    ['a number of one allows the first', null, { amount: '1.00', count: 0, rules: { dailyCount: 1 } }],
    ['a kind of shop that is excluded', 'EXCLUDED_MCCS', { amount: '1.00', rules: { excludedMccs: ['7995', '5812'] } }],
    ['another kind of shop', null, { amount: '1.00', rules: { excludedMccs: ['7995', '581'] } }],
    [
      'a shop whose kind the PS did not name',
      null,
      { amount: '1.00', merchant: { ...MERCHANT, mcc: null }, rules: { excludedMccs: ['5812'] } },
    ],
    [
      'a shop that the PS did not name (R8)',
      null,
      { amount: '1.00', merchant: null, rules: { excludedMccs: ['5812'] } },
    ],
    ['no limit at all', null, { amount: '999999999999999.00', sum: '999999999999999.00', count: 1_000_000, rules: {} }],
  ])('%s: %s', (_, expected, given) => {
    expect(hit(given)).toBe(expected);
  });

  it('that is reported is the first exceeded one: the largest payment, the kind of shop, the day’s sum, the day’s number', () => {
    const order: LimitHit[] = ['MAX_PAYMENT_AMOUNT', 'EXCLUDED_MCCS', 'DAILY_SUM_LIMIT', 'DAILY_COUNT_LIMIT'];
    const broken: Record<LimitHit, Partial<LimitRules>> = {
      MAX_PAYMENT_AMOUNT: { maxAmount: tenge('9.99') },
      EXCLUDED_MCCS: { excludedMccs: ['5812'] },
      DAILY_SUM_LIMIT: { dailySum: tenge('10.00') },
      DAILY_COUNT_LIMIT: { dailyCount: 1 },
    };
    for (const [first, name] of order.entries()) {
      const rules = Object.assign({}, ...order.slice(first).map((limit) => broken[limit]));
      expect(hit({ amount: '10.00', sum: '1.00', count: 1, rules })).toBe(name);
    }
  });

  it('applies to a day’s sum that is larger than any amount', () => {
    const debits: DebitsOfDay = { sum: tenge('999999999999999.99').tiyn * 100n, count: 100 };
    const rules = { ...OFF, dailySum: tenge('999999999999999.99') };
    expect(limitHit(paymentThatIs('PROCESSING'), rules, debits)).toBe('DAILY_SUM_LIMIT');
  });

  it('of the day that is off needs no debits of the day', () => {
    const debit = paymentThatIs('PROCESSING', { amount: tenge('10.00') });
    expect(limitHit(debit, { ...OFF, maxAmount: tenge('10.00') }, null)).toBeNull();
    expect(limitHit(debit, { ...OFF, maxAmount: tenge('9.00') }, null)).toBe('MAX_PAYMENT_AMOUNT');
    expect(limitHit(debit, { ...OFF, excludedMccs: ['5812'] }, null)).toBe('EXCLUDED_MCCS');
  });
});

describe('a debit that a limit forbids', () => {
  it.each(['Dynamic', 'Static'] as const)('makes a %s payment DECLINED, and the PS gets RISK_REJECT', (type) => {
    const before = scanned(type);
    const amount = tenge('700.00');
    const outcome = { amount, accountId: ACCOUNT, debitedAt: NOW, notifyResult: 'SUCCESS' } as const;
    const debit = transition(before, 'debited', NOW, outcome);
    expect(declinedByLimit(before, debit, 'MAX_PAYMENT_AMOUNT', NOW)).toEqual({
      kind: 'decline',
      reason: 'MAX_PAYMENT_AMOUNT',
      payment: {
        ...before,
        status: 'DECLINED',
        version: before.version + 1,
        amount,
        expiresAt: null,
        failure: { code: 'LIMIT_EXCEEDED', kaspiResultCode: null },
        notifyResult: 'RISK_REJECT',
        updatedAt: NOW,
      },
    });
  });
});
