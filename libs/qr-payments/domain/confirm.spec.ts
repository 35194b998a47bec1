import { describe, expect, it } from '@jest/globals';
import {
  type AccountId,
  addMilliseconds,
  type CustomerId,
  type DomainError,
  type KaspiPaymentId,
  Money,
  type PaymentId,
} from '@mpp/kernel';
import { type ConfirmFacts, type ConfirmRequest, decideConfirm } from './confirm.js';
import type { Payment } from './payment.js';
import { newPayment } from './scan.js';
import { PAYMENT_STATUSES } from './transitions.js';

const RULES = { marginMs: 2000, ttlMs: 900_000 };
const SCANNED_AT = new Date('2026-03-10T06:00:00Z');
const DEADLINE = new Date('2026-03-10T06:05:00Z');
const NOW = new Date('2026-03-10T06:01:00Z');
const ACCOUNT = '019a0000-0000-7000-8000-000000000002' as AccountId;
const PRICE = Money.parse('100.00');
const NOTHING: ConfirmRequest = { accountId: null, amount: null, expectedAmount: null };

const AWAITING = newPayment(
  '019a0000-0000-7000-8000-000000000001' as PaymentId,
  '900900000001' as CustomerId,
  { kaspiPaymentId: 'ps-1' as KaspiPaymentId, amount: PRICE, confirmUntil: DEADLINE, merchant: null },
  SCANNED_AT,
);

interface Case extends Partial<ConfirmRequest> {
  readonly payment?: Partial<Payment>;
  readonly balance?: string | null;
  readonly paidByAnother?: boolean;
  readonly now?: Date;
}

function confirm({ payment, balance = '1000.00', paidByAnother = false, now = NOW, ...request }: Case = {}) {
  const facts: ConfirmFacts = {
    payment: { ...AWAITING, ...payment },
    account: balance === null ? null : { id: ACCOUNT, balance: Money.parse(balance) },
    paidByAnother,
  };
  return decideConfirm(facts, { ...NOTHING, ...request }, RULES, now);
}

/** The error's code where it refuses, else what it does. */
function outcome(given: Case): string {
  try {
    return confirm(given).kind;
  } catch (error) {
    return (error as DomainError).code;
  }
}

describe('a confirm', () => {
  it('debits: the payment holds the account, the moment and what the PS is told, one version on', () => {
    expect(confirm()).toEqual({
      kind: 'debit',
      from: ACCOUNT,
      payment: {
        ...AWAITING,
        status: 'PROCESSING',
        version: AWAITING.version + 1,
        accountId: ACCOUNT,
        debitedAt: NOW,
        notifyResult: 'SUCCESS',
        updatedAt: NOW,
      },
    });
  });

  it('is refused for the first of its faults: amount, time, paid by another, price, account, money', () => {
    const faults: [string, Case][] = [
      ['AMOUNT_INVALID', { amount: PRICE }],
      ['expire', { now: DEADLINE }],
      ['ALREADY_PAID', { paidByAnother: true }],
      ['AMOUNT_CHANGED', { expectedAmount: Money.parse('99.00') }],
      ['ACCOUNT_UNUSABLE', { balance: null }],
      ['decline', { balance: '0.00' }],
    ];
    // The first of them and all that come after it.
    const together = faults.map(
      (_, first): Case =>
        Object.assign(
          {},
          ...faults
            .slice(first)
            .reverse()
            .map(([, one]) => one),
        ),
    );
    expect(together.map(outcome)).toEqual(faults.map(([code]) => code));
    expect(faults.map(([, alone]) => outcome(alone))).toEqual(faults.map(([code]) => code));
  });
});

describe('the time for a confirm (R16)', () => {
  const lastMoment = addMilliseconds(DEADLINE, -RULES.marginMs);

  it('ends the margin before the PS’s deadline: that moment is in time, the next millisecond is not', () => {
    expect(outcome({ now: lastMoment })).toBe('debit');
    expect(outcome({ now: addMilliseconds(lastMoment, 1) })).toBe('expire');
  });

  it('is the PS’s alone where it named a deadline: our own limit neither shortens nor prolongs it', () => {
    const farDeadline = addMilliseconds(SCANNED_AT, 10 * RULES.ttlMs);
    const now = addMilliseconds(SCANNED_AT, 9 * RULES.ttlMs);
    expect(outcome({ payment: { confirmUntil: farDeadline }, now })).toBe('debit');
    const pastDeadline = addMilliseconds(NOW, -1);
    expect(outcome({ payment: { confirmUntil: pastDeadline, answeredAt: NOW } })).toBe('expire');
  });

  it('without a deadline is our own limit after the PS’s last answer, to the millisecond (R8)', () => {
    const answeredAt = addMilliseconds(SCANNED_AT, 3_600_000);
    const payment = { confirmUntil: null, answeredAt };
    const end = addMilliseconds(answeredAt, RULES.ttlMs);
    expect(outcome({ payment, now: end })).toBe('debit');
    expect(outcome({ payment, now: addMilliseconds(end, 1) })).toBe('expire');
  });

  it('once over, leaves the payment EXPIRED: nothing is debited, and the PS is told nothing', () => {
    expect(confirm({ now: DEADLINE })).toEqual({
      kind: 'expire',
      payment: {
        ...AWAITING,
        status: 'EXPIRED',
        version: AWAITING.version + 1,
        failure: { code: 'CONFIRMED_TOO_LATE', kaspiResultCode: null },
        updatedAt: DEADLINE,
      },
    });
  });
});

describe('the money for a confirm', () => {
  it('may be exactly enough', () => {
    expect(outcome({ balance: '100.00' })).toBe('debit');
  });

  it('one tiyn too little is too little: DECLINED, nothing is debited, the PS is told PROCESS_FAIL (R15)', () => {
    expect(confirm({ balance: '99.99' })).toEqual({
      kind: 'decline',
      payment: {
        ...AWAITING,
        status: 'DECLINED',
        version: AWAITING.version + 1,
        failure: { code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        updatedAt: NOW,
      },
    });
  });

  it('must lie on an account that the customer can use', () => {
    expect(outcome({ balance: null })).toBe('ACCOUNT_UNUSABLE');
  });

  it('is not taken for a purchase that somebody else paid (R33)', () => {
    expect(outcome({ paidByAnother: true })).toBe('ALREADY_PAID');
  });

  it('is not taken at a price other than the one that the customer saw, by a tiyn in either direction', () => {
    for (const seen of ['99.99', '100.01'])
      expect(outcome({ expectedAmount: Money.parse(seen) })).toBe('AMOUNT_CHANGED');
    expect(outcome({ expectedAmount: Money.parse('100') })).toBe('debit');
  });

  it('is not named by the customer for a Dynamic QR, not even rightly', () => {
    expect(outcome({ amount: PRICE })).toBe('AMOUNT_INVALID');
  });
});

describe('a confirm of a payment that was decided before', () => {
  const decided = PAYMENT_STATUSES.filter((status) => status !== 'AWAITING_CONFIRMATION');

  it.each(decided)('shows %s as it is, whatever the request says and whatever has changed since', (status) => {
    const payment = { status };
    const strange = { accountId: ACCOUNT, amount: Money.parse('1.00'), expectedAmount: Money.parse('2.00') };
    expect(confirm({ payment })).toEqual({ kind: 'already-decided' });
    expect(
      confirm({ payment, ...strange, balance: null, paidByAnother: true, now: addMilliseconds(DEADLINE, 1) }),
    ).toEqual({ kind: 'already-decided' });
  });
});
