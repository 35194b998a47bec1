import { describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import {
  type Case,
  CUSTOM,
  confirm,
  DYNAMIC,
  NOTHING,
  NOW,
  outcome,
  PRICED,
  STATIC,
  tenge,
} from '../../../test/support/confirm-cases.js';
import { ACCOUNT, DEADLINE, PRICE, paymentThatIs, RULES } from '../../../test/support/payments.js';
import { decideConfirm, decideRequestedDebit } from './confirm.js';
import type { Payment } from './payment.js';
import { isWaiting, PAYMENT_STATUSES } from './transitions.js';

const LAST_MOMENT = addMilliseconds(DEADLINE, -RULES.marginMs);
const TOO_LATE = addMilliseconds(LAST_MOMENT, 1);

describe('a confirm', () => {
  it.each([
    ['Dynamic', DYNAMIC, undefined, PRICE],
    ['Static', STATIC, '1500', tenge('1500.00')],
    ['Custom, with its price,', PRICED, undefined, PRICE],
  ])(
    'of a %s payment debits: the payment has the amount, the account, the time and the result for the PS',
    (_, payment, entered, amount) => {
      expect(confirm({ payment, balance: '1500.00', ...(entered !== undefined && { amount: entered }) })).toEqual({
        kind: 'debit',
        from: ACCOUNT,
        payment: {
          ...payment,
          status: 'PROCESSING',
          version: payment.version + 1,
          amount,
          accountId: ACCOUNT,
          expiresAt: null,
          debitedAt: NOW,
          notifyResult: 'SUCCESS',
          updatedAt: NOW,
        },
      });
    },
  );

  it.each<{ type: string; payment: Payment; rightly: Case; faults: [string, Case][] }>([
    {
      type: 'Dynamic',
      payment: DYNAMIC,
      rightly: {},
      faults: [
        ['AMOUNT_INVALID', { amount: '100.00' }],
        ['expire', { now: DEADLINE }],
        ['ALREADY_PAID', { purchase: 'paid' }],
        ['AMOUNT_CHANGED', { expectedAmount: '99.00' }],
        ['ACCOUNT_UNUSABLE', { balance: null }],
        ['decline', { balance: '0.00' }],
      ],
    },
    {
      type: 'Static',
      payment: STATIC,
      rightly: { amount: '100.00' },
      faults: [
        ['LIMIT_EXCEEDED', { maxAmount: '99.00' }],
        ['expire', { now: DEADLINE }],
        ['ALREADY_PAID', { purchase: 'paid' }],
        ['AMOUNT_CHANGED', { expectedAmount: '99.00' }],
        ['ACCOUNT_UNUSABLE', { balance: null }],
        ['decline', { balance: '0.00' }],
      ],
    },
    {
      type: 'unpriced Custom',
      payment: CUSTOM,
      rightly: {},
      faults: [
        ['AMOUNT_INVALID', { amount: '100.00' }],
        ['expire', { now: DEADLINE }],
        ['CHECKOUT_REQUIRED', { purchase: 'paid', expectedAmount: '99.00', balance: null }],
      ],
    },
  ])('of a payment that is $type is refused for the first of several faults', ({ payment, rightly, faults }) => {
    // The fault with all later ones.
    const together = faults.map((_, first): Case => {
      const later = faults.slice(first).map(([, one]) => one);
      return Object.assign({ payment }, rightly, ...later.reverse());
    });
    const codes = faults.map(([code]) => code);
    expect(together.map(outcome)).toEqual(codes);
    expect(faults.map(([, alone]) => outcome({ payment, ...rightly, ...alone }))).toEqual(codes);
  });
});

describe('the time for a confirm (R16)', () => {
  it.each([
    ['Dynamic', DYNAMIC, undefined],
    ['Static', STATIC, '100.00'],
    ['Custom', PRICED, undefined],
  ])('%s: the last moment is in time, the next millisecond is not', (_, payment, entered) => {
    const given = { payment, ...(entered !== undefined && { amount: entered }) };
    expect(outcome({ ...given, now: LAST_MOMENT })).toBe('debit');
    expect(outcome({ ...given, now: TOO_LATE })).toBe('expire');
  });

  it.each([
    ['Dynamic', DYNAMIC, undefined],
    ['Static', STATIC, '100.00'],
    ['Custom, without a price,', CUSTOM, undefined],
    ['Custom, with its price,', PRICED, undefined],
  ])('once over, makes a %s payment EXPIRED: nothing is debited, and no notify is sent', (_, payment, entered) => {
    const given = { payment, ...(entered !== undefined && { amount: entered }) };
    expect(confirm({ ...given, now: TOO_LATE })).toEqual({
      kind: 'expire',
      payment: {
        ...payment,
        status: 'EXPIRED',
        version: payment.version + 1,
        expiresAt: null,
        failure: { code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null },
        updatedAt: TOO_LATE,
      },
    });
  });
});

describe('the money for a confirm', () => {
  it('may be exactly the balance', () => {
    expect(outcome({ balance: '100.00' })).toBe('debit');
  });

  it('one tiyn below the amount: DECLINED, nothing is debited, the PS gets PROCESS_FAIL (R15)', () => {
    expect(confirm({ balance: '99.99' })).toEqual({
      kind: 'decline',
      payment: {
        ...DYNAMIC,
        status: 'DECLINED',
        version: DYNAMIC.version + 1,
        expiresAt: null,
        failure: { code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        updatedAt: NOW,
      },
    });
  });

  it('must be on an account that the customer can use', () => {
    expect(outcome({ balance: null })).toBe('ACCOUNT_UNUSABLE');
  });

  it('is not debited for a purchase that another customer paid (R33)', () => {
    expect(outcome({ purchase: 'paid' })).toBe('ALREADY_PAID');
  });

  it('is not debited for a purchase that another customer’s payment has closed (R38)', () => {
    expect(outcome({ purchase: 'closed' })).toBe('PURCHASE_CLOSED');
    expect(outcome({ purchase: 'closed', balance: '0.00' })).toBe('PURCHASE_CLOSED');
  });
});

describe('with a bank’s core, which alone knows the balance,', () => {
  it.each([
    ['Dynamic', DYNAMIC, undefined, PRICE],
    ['Static', STATIC, '1500', tenge('1500.00')],
    ['Custom', PRICED, undefined, PRICE],
  ])(
    'a confirm of a %s payment requests a debit: DEBITING has the amount, the account and the time; no debit, no notify',
    (_, payment, entered, expected) => {
      const request = { ...NOTHING, amount: entered === undefined ? null : tenge(entered) };
      const next = decideConfirm({ payment, purchase: 'open' }, request, null, NOW);
      if (next.kind !== 'to-be-debited') throw new Error(next.kind);
      expect(next.amount).toEqual(expected);
      expect(decideRequestedDebit(payment, ACCOUNT, next.amount, NOW)).toEqual({
        kind: 'request-debit',
        from: ACCOUNT,
        payment: {
          ...payment,
          status: 'DEBITING',
          version: payment.version + 1,
          amount: expected,
          accountId: ACCOUNT,
          expiresAt: null,
          debitRequestedAt: NOW,
          updatedAt: NOW,
        },
      });
    },
  );

  it.each(PAYMENT_STATUSES.filter((status) => !isWaiting(status)))(
    'a payment that is %s is not debited: no second request to a core',
    (status) => {
      expect(() => decideRequestedDebit(paymentThatIs(status), ACCOUNT, PRICE, NOW)).toThrow(
        'cannot be debitRequested',
      );
    },
  );

  it('the deadline counts after reading the accounts: the last moment is in time, the next millisecond is not (R16)', () => {
    expect(decideRequestedDebit(DYNAMIC, ACCOUNT, PRICE, LAST_MOMENT).kind).toBe('request-debit');
    expect(decideRequestedDebit(DYNAMIC, ACCOUNT, PRICE, TOO_LATE)).toEqual(confirm({ now: TOO_LATE }));
  });

  it('a service without a price is not debited', () => {
    expect(() => decideRequestedDebit(CUSTOM, ACCOUNT, PRICE, NOW)).toThrow('cannot be debitRequested');
  });
});

describe('a confirm of a payment that was decided before', () => {
  const decided = PAYMENT_STATUSES.filter((status) => !isWaiting(status));

  it('has any status but the three that wait for the customer', () => {
    expect(PAYMENT_STATUSES.filter(isWaiting)).toEqual([
      'AWAITING_AMOUNT',
      'AWAITING_CHECKOUT',
      'AWAITING_CONFIRMATION',
    ]);
    expect(decided).toHaveLength(9);
  });

  it.each(decided)('returns the %s payment as it is, with any request and any facts', (status) => {
    for (const qrCodeType of ['Dynamic', 'Static', 'Custom'] as const) {
      const payment = paymentThatIs(status, { qrCodeType });
      const strange = { amount: '1.50', expectedAmount: '2.00', maxAmount: '0.00' };
      expect(confirm({ payment })).toEqual({ kind: 'already-decided' });
      expect(confirm({ payment, ...strange, balance: null, purchase: 'paid', now: TOO_LATE })).toEqual({
        kind: 'already-decided',
      });
    }
  });
});
