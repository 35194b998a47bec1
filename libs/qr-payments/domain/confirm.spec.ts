import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, DomainError, Money } from '@mpp/kernel';
import {
  ACCOUNT,
  DEADLINE,
  MERCHANT,
  PRICE,
  paymentThatIs,
  RULES,
  SCANNED_AT,
  scanned,
} from '../../../test/support/payments.js';
import { priced } from './checkout.js';
import {
  type ConfirmFacts,
  type ConfirmRequest,
  decideConfirm,
  decideOwnDebit,
  decideRequestedDebit,
} from './confirm.js';
import type { Payment } from './payment.js';
import { isWaiting, PAYMENT_STATUSES } from './transitions.js';

const NOW = new Date('2026-03-10T06:01:00Z');
const LAST_MOMENT = addMilliseconds(DEADLINE, -RULES.marginMs);
const TOO_LATE = addMilliseconds(LAST_MOMENT, 1);
const NOTHING: ConfirmRequest = { account: null, amount: null, expectedAmount: null };
const tenge = (text: string) => Money.parse(text);

const DYNAMIC = scanned('Dynamic');
const STATIC = scanned('Static');
const CUSTOM = scanned('Custom');
const PRICED = priced(CUSTOM, { amount: PRICE, confirmUntil: DEADLINE, merchant: MERCHANT }, RULES, SCANNED_AT);

interface Case {
  readonly payment?: Payment;
  readonly amount?: string;
  readonly expectedAmount?: string;
  readonly balance?: string | null;
  readonly paidByAnother?: boolean;
  readonly maxAmount?: string;
  readonly now?: Date;
}

function confirm(given: Case = {}) {
  const { payment = DYNAMIC, balance = '1000.00', paidByAnother = false, now = NOW } = given;
  const money = (text: string | undefined) => (text === undefined ? null : tenge(text));
  const facts: ConfirmFacts = {
    payment,
    account: balance === null ? null : { id: ACCOUNT, balance: tenge(balance) },
    paidByAnother,
  };
  const request = { ...NOTHING, amount: money(given.amount), expectedAmount: money(given.expectedAmount) };
  const next = decideConfirm(facts, request, money(given.maxAmount), now);
  return next.kind === 'to-be-debited' ? decideOwnDebit(facts, next.amount, now) : next;
}

function refusal(given: Case): DomainError {
  try {
    confirm(given);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The error's code, or the kind of the decision. */
function outcome(given: Case): string {
  try {
    return confirm(given).kind;
  } catch (error) {
    return (error as DomainError).code;
  }
}

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
        ['ALREADY_PAID', { paidByAnother: true }],
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
        ['ALREADY_PAID', { paidByAnother: true }],
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
        ['CHECKOUT_REQUIRED', { paidByAnother: true, expectedAmount: '99.00', balance: null }],
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

describe('the amount of a Static QR is entered by the customer (R3)', () => {
  it.each([
    ['nothing entered', undefined, undefined, 'AMOUNT_INVALID'],
    ['zero', '0', undefined, 'AMOUNT_INVALID'],
    ['zero tenge and no tiyn', '0.00', undefined, 'AMOUNT_INVALID'],
    ['one tiyn', '0.01', undefined, 'AMOUNT_NOT_WHOLE'],
    ['150 tenge 50 tiyn', '150.50', undefined, 'AMOUNT_NOT_WHOLE'],
    ['one tenge', '1', undefined, 'debit'],
    ['150 tenge, tiyn written out', '150.00', undefined, 'debit'],
    ['exactly the maximum', '500.00', '500.00', 'debit'],
    ['a tenge over the maximum', '501.00', '500.00', 'LIMIT_EXCEEDED'],
    ['the last whole tenge below a maximum with tiyn', '500.00', '500.99', 'debit'],
    ['the first whole tenge above a maximum with tiyn', '501.00', '500.99', 'LIMIT_EXCEEDED'],
    ['a tiyn over the maximum', '500.01', '500.00', 'AMOUNT_NOT_WHOLE'],
    ['zero with a maximum of zero', '0.00', '0.00', 'AMOUNT_INVALID'],
  ])('%s: %s with maximum %s is answered %s', (_, amount, maxAmount, expected) => {
    const entered = { ...(amount !== undefined && { amount }), ...(maxAmount !== undefined && { maxAmount }) };
    expect(outcome({ payment: STATIC, ...entered })).toBe(expected);
  });

  it('may be the whole balance if there is no maximum', () => {
    const all = '999999999999999.00';
    expect(outcome({ payment: STATIC, amount: all, balance: all })).toBe('debit');
    expect(outcome({ payment: STATIC, amount: all, balance: '999999999999998.99' })).toBe('decline');
  });

  it('above the balance: DECLINED with the entered amount, and the PS gets PROCESS_FAIL (R15)', () => {
    expect(confirm({ payment: STATIC, amount: '1001' })).toEqual({
      kind: 'decline',
      payment: {
        ...STATIC,
        status: 'DECLINED',
        version: STATIC.version + 1,
        amount: tenge('1001.00'),
        expiresAt: null,
        failure: { code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        updatedAt: NOW,
      },
    });
  });

  it.each([
    ['the same', '150.00', '150', 'debit'],
    ['a tiyn less', '149.99', '150', 'AMOUNT_CHANGED'],
    ['a tiyn more', '150.01', '150', 'AMOUNT_CHANGED'],
  ])('expected to be %s (%s) as entered (%s): %s', (_, expectedAmount, amount, expected) => {
    expect(outcome({ payment: STATIC, amount, expectedAmount })).toBe(expected);
  });

  it('an expected amount does not replace an entered one', () => {
    expect(outcome({ payment: STATIC, expectedAmount: '150.00' })).toBe('AMOUNT_INVALID');
  });

  it('each fault has its text for the customer, in both languages', () => {
    const details = [{}, { amount: '0.00' }].map((given) => refusal({ payment: STATIC, ...given }).facts.detail);
    expect(details).toEqual([
      { ru: 'Для этого QR-кода сумму указывает покупатель.', kk: 'Бұл QR-код үшін соманы сатып алушы көрсетеді.' },
      { ru: 'Сумма должна быть больше нуля.', kk: 'Сома нөлден көп болуы керек.' },
    ]);
  });
});

describe('the amount of a Dynamic or Custom QR is named by the PS', () => {
  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom, before its checkout', CUSTOM],
    ['Custom, with its price', PRICED],
  ])('%s: an amount from the customer is refused, even the correct one', (_, payment) => {
    const { code, facts } = refusal({ payment, amount: '100.00' });
    expect(code).toBe('AMOUNT_INVALID');
    expect(facts.detail).toEqual({
      ru: 'Для этого QR-кода сумма не указывается.',
      kk: 'Бұл QR-код үшін сома көрсетілмейді.',
    });
  });

  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom', PRICED],
  ])('%s: the maximum for entered amounts does not apply', (_, payment) => {
    expect(outcome({ payment, maxAmount: '1.00' })).toBe('debit');
  });

  it('Dynamic: it may have tiyn, because it is not sent', () => {
    const payment = scanned('Dynamic', { amount: tenge('150.50') });
    expect(confirm({ payment })).toMatchObject({ kind: 'debit', payment: { amount: tenge('150.50') } });
  });

  it('Custom: before checkout there is no price to confirm, even if the app sends an expected amount', () => {
    expect(outcome({ payment: CUSTOM })).toBe('CHECKOUT_REQUIRED');
    expect(outcome({ payment: CUSTOM, expectedAmount: '100.00' })).toBe('CHECKOUT_REQUIRED');
    const frozen = { ...CUSTOM, formValues: [{ id: 3932, value: '547RBA02' }] };
    expect(outcome({ payment: frozen })).toBe('CHECKOUT_REQUIRED');
  });

  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom', PRICED],
  ])(
    '%s: a price that differs from the amount the customer saw is refused, by a tiyn in either direction',
    (_, payment) => {
      for (const seen of ['99.99', '100.01']) expect(outcome({ payment, expectedAmount: seen })).toBe('AMOUNT_CHANGED');
      expect(outcome({ payment, expectedAmount: '100' })).toBe('debit');
    },
  );
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
    expect(outcome({ paidByAnother: true })).toBe('ALREADY_PAID');
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
      const next = decideConfirm({ payment, paidByAnother: false }, request, null, NOW);
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
      expect(confirm({ payment, ...strange, balance: null, paidByAnother: true, now: TOO_LATE })).toEqual({
        kind: 'already-decided',
      });
    }
  });
});
