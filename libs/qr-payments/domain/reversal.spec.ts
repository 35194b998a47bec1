import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES, Money } from '@mpp/kernel';
import { DEBITED_AT, FIRST_ATTEMPT, paymentThatIs, usualJournal } from '../../../test/support/payments.js';
import { decideAnswer } from './answer.js';
import { decideCancel } from './cancel.js';
import { failed } from './failure.js';
import type { Payment } from './payment.js';
import { decideRefund } from './refund.js';
import { decideResolve, RESOLUTIONS } from './resolve.js';
import { givenBack, inSuspense, newReversal, reverseDebit } from './reversal.js';
import { PAYMENT_STATUSES } from './transitions.js';

const NOW = new Date('2026-03-10T06:02:00Z');
const OUTCOME = { failure: failed('KASPI_REFUSED', 'RISK_REJECT'), settledBy: 'KASPI' } as const;
/** Debited by a core. */
const REQUESTED = { debitRequestedAt: DEBITED_AT };
const outcome = (resultCode: string | null) => ({ ...FIRST_ATTEMPT, resultCode });

describe.each(['PROCESSING', 'IN_DOUBT'] as const)('the reversal of a payment that is %s', (status) => {
  it('is REVERSED at once with the own ledger, with its posting', () => {
    const payment = paymentThatIs(status);
    const changes = { status: 'REVERSED', version: payment.version + 1, updatedAt: NOW, ...OUTCOME };
    expect(reverseDebit(payment, NOW, OUTCOME)).toEqual({ payment: { ...payment, ...changes }, posting: 'REVERSAL' });
  });

  it('is REVERSING with a bank’s core until the core has reversed, without a posting', () => {
    const payment = paymentThatIs(status, REQUESTED);
    const changes = { status: 'REVERSING', version: payment.version + 1, updatedAt: NOW, ...OUTCOME };
    expect(reverseDebit(payment, NOW, OUTCOME)).toEqual({ payment: { ...payment, ...changes }, posting: null });
  });

  it('waits for the core after a refusal of the PS and after an operator’s decision', () => {
    const payment = paymentThatIs(status, REQUESTED);
    const refused = decideAnswer(payment, outcome('RISK_REJECT'), 900_000, NOW);
    expect(refused).toMatchObject({ delivered: true, posting: null, contradiction: false });
    expect(refused.payment).toMatchObject({ status: 'REVERSING', settledBy: 'KASPI', notifyResult: 'SUCCESS' });
    if (status !== 'IN_DOUBT') return;
    const resolved = decideResolve(payment, 'REVERSED', NOW);
    expect(resolved).toMatchObject({ posting: null, payment: { status: 'REVERSING', settledBy: 'OPERATOR' } });
  });

  it('is not made if the PS confirms: a payment debited by a core is settled like any other', () => {
    const confirmed = decideAnswer(paymentThatIs(status, REQUESTED), outcome('SUCCESS'), 900_000, NOW);
    expect(confirmed).toMatchObject({ posting: 'SETTLEMENT', payment: { status: 'CONFIRMED' } });
  });
});

describe('a reversal', () => {
  it('of which no account takes the money leaves the payment REVERSING, with the reason and who settled it (R41)', () => {
    const before = paymentThatIs('IN_DOUBT');
    const { payment } = reverseDebit(before, NOW, OUTCOME);
    expect(inSuspense(before, payment)).toEqual({ ...payment, status: 'REVERSING' });
  });

  it('is due within the hour, counted from the moment when the debit was due back (R41)', () => {
    const payment = paymentThatIs('REVERSING');
    expect(newReversal(payment, 3_600_000, NOW)).toEqual({
      ...{ id: payment.id, paymentId: payment.id, customerId: payment.customerId, amount: payment.amount },
      ...{ accountId: payment.accountId, createdAt: NOW, creditBy: addMilliseconds(NOW, 3_600_000) },
      nextEscalationAt: addMilliseconds(NOW, 1_800_000),
      ...{ suspendedAt: null, creditedAt: null, creditedAccountId: null },
    });
    expect(() => newReversal({ ...payment, accountId: null }, 1, NOW)).toThrow('was debited without');
  });
});

describe('after the money is back', () => {
  it('the payment is REVERSED; reason and settledBy stay', () => {
    const payment = paymentThatIs('REVERSING');
    expect(givenBack(payment, NOW)).toEqual({
      ...payment,
      status: 'REVERSED',
      version: payment.version + 1,
      updatedAt: NOW,
    });
  });

  it.each(PAYMENT_STATUSES.filter((status) => !['REVERSING', 'PROCESSING', 'IN_DOUBT'].includes(status)))(
    'a payment that is %s cannot be reversed: the code throws',
    (status) => {
      expect(() => givenBack(paymentThatIs(status), NOW)).toThrow('cannot be reversed');
      const never = { ...paymentThatIs(status), debitRequestedAt: null };
      expect(() => reverseDebit(never, NOW, OUTCOME)).toThrow('cannot be reversed');
    },
  );
});

describe('a payment that is REVERSING', () => {
  const REVERSING = paymentThatIs('REVERSING');

  it('stays REVERSING after a SUCCESS: a difference is booked once and alerted (R36)', () => {
    const decision = decideAnswer(REVERSING, outcome('SUCCESS'), 900_000, NOW);
    expect(decision).toMatchObject({ delivered: true, posting: 'DIFFERENCE_OWED', contradiction: true });
    expect(decision.payment).toMatchObject({ status: 'REVERSING', contradiction: { resultCode: 'SUCCESS', at: NOW } });
    const again = decideAnswer(decision.payment as Payment, outcome('SUCCESS'), 900_000, NOW);
    expect(again).toMatchObject({ payment: null, posting: null, contradiction: true });
  });

  it.each(['RISK_REJECT', 'UNKNOWN_EXCEPTION', null])('is done with its notify after %s', (code) => {
    expect(decideAnswer(REVERSING, outcome(code), 900_000, NOW)).toEqual({
      delivered: true,
      payment: null,
      posting: null,
      contradiction: false,
    });
  });

  it('was notified as PROCESS_FAIL if the debit was too late: no answer to it moves money (R35)', () => {
    const late = paymentThatIs('REVERSING', { notifyResult: 'PROCESS_FAIL' });
    for (const code of KASPI_RESULT_CODES) {
      expect(decideAnswer(late, outcome(code), 900_000, NOW)).toMatchObject({ payment: null, posting: null });
    }
  });

  it('can neither be cancelled nor settled by an operator', () => {
    const conflict = expect.objectContaining({ code: 'STATE_CONFLICT' });
    expect(() => decideCancel(REVERSING, 'open', NOW)).toThrow(conflict);
    for (const outcome of RESOLUTIONS) expect(() => decideResolve(REVERSING, outcome, NOW)).toThrow(conflict);
  });

  it('cannot be refunded if its debit was never known (R18)', () => {
    const never = paymentThatIs('REVERSING', { debitedAt: null, notifyResult: 'PROCESS_FAIL' });
    expect(decideRefund(never, Money.parse('1.00'), usualJournal(never), NOW)).toEqual({
      kind: 'refused',
      refusal: 'NOT_DEBITED',
    });
  });
});

it('a payment that is DEBITING can be neither cancelled nor refunded', () => {
  const debiting = paymentThatIs('DEBITING');
  expect(() => decideCancel(debiting, 'open', NOW)).toThrow(expect.objectContaining({ code: 'STATE_CONFLICT' }));
  expect(decideRefund(debiting, Money.parse('1.00'), usualJournal(debiting), NOW)).toEqual({
    kind: 'refused',
    refusal: 'NOT_DEBITED',
  });
});
