import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES } from '@mpp/kernel';
import {
  decide,
  EXPECTED,
  IN_DOUBT_AFTER_MS,
  NO_ANSWER,
  NOW,
  OUTCOMES,
  REFUSALS,
  REFUSED_BEFORE_PROCESSING,
  type Received,
  UNCLEAR,
  WAITS_ON,
} from '../../../test/support/answer-cases.js';
import { DEBITED_AT, paymentThatIs } from '../../../test/support/payments.js';
import type { NotifyOutcome } from './answer.js';

const MONEY = { CONFIRMED: 'SETTLEMENT', REVERSED: 'REVERSAL' } as const;

it('the table of this test has every code of the regulation', () => {
  expect(OUTCOMES.filter((code) => code !== 'A_NEW_CODE' && code !== NO_ANSWER).sort()).toEqual(
    [...KASPI_RESULT_CODES].sort(),
  );
});

describe.each(['PROCESSING', 'IN_DOUBT'] as const)('a debited payment that is %s', (status) => {
  const before = paymentThatIs(status);
  const rows = OUTCOMES.flatMap((received) => [
    {
      received,
      afterUnknownAttempt: false,
      becomes: EXPECTED[received][0],
      earlier: 'no earlier attempt can have arrived',
    },
    {
      received,
      afterUnknownAttempt: true,
      becomes: EXPECTED[received][1],
      earlier: 'an earlier attempt may have arrived',
    },
  ]);

  it.each(rows)('after $received, if $earlier: $becomes (R11, R12)', ({ received, afterUnknownAttempt, becomes }) => {
    const decision = decide(before, received, { afterUnknownAttempt });
    if (becomes === 'waits') {
      expect(decision).toEqual(WAITS_ON);
    } else {
      expect(decision).toMatchObject({ delivered: true, posting: MONEY[becomes], contradiction: false });
      expect(decision.payment).toMatchObject({
        status: becomes,
        version: before.version + 1,
        settledBy: 'KASPI',
        updatedAt: NOW,
      });
    }
  });

  it.each(rows)(
    'after $received while a later attempt is under way, if $earlier: no money is given back (R36)',
    ({ received, afterUnknownAttempt, becomes }) => {
      const decision = decide(before, received, { afterUnknownAttempt, leaseLost: true });
      if (becomes === 'CONFIRMED') expect(decision).toMatchObject({ delivered: true, posting: 'SETTLEMENT' });
      else expect(decision).toEqual(WAITS_ON);
    },
  );

  it('that is confirmed has the time of confirmation and no failure', () => {
    expect(decide(before, 'SUCCESS').payment).toEqual({
      ...before,
      status: 'CONFIRMED',
      version: before.version + 1,
      confirmedAt: NOW,
      settledBy: 'KASPI',
      updatedAt: NOW,
    });
  });

  it.each(REFUSALS)('that is reversed after %s keeps the PS’s result code as the reason', (code) => {
    const failure = { code: 'KASPI_REFUSED', kaspiResultCode: code };
    expect(decide(before, code).payment).toEqual({
      ...before,
      status: 'REVERSED',
      version: before.version + 1,
      failure,
      settledBy: 'KASPI',
      updatedAt: NOW,
    });
  });
});

describe('a debited payment without a clear answer (R12)', () => {
  const doubtAt = addMilliseconds(DEBITED_AT, IN_DOUBT_AFTER_MS);
  const justBefore = addMilliseconds(doubtAt, -1);
  const unclear: { how: string; received: Received; circumstances: Partial<NotifyOutcome> }[] = [
    ...UNCLEAR.map((received) => ({ how: received, received, circumstances: {} })),
    ...REFUSED_BEFORE_PROCESSING.map((received) => ({
      how: `${received} after an attempt that may have arrived`,
      received,
      circumstances: { afterUnknownAttempt: true },
    })),
    ...REFUSALS.map((received) => ({
      how: `${received} while a later attempt is under way`,
      received,
      circumstances: { leaseLost: true },
    })),
  ];

  it.each(unclear)('$how: is IN_DOUBT at the limit and not a millisecond before', ({ received, circumstances }) => {
    expect(decide(paymentThatIs('PROCESSING'), received, circumstances, justBefore)).toEqual(WAITS_ON);
    const decision = decide(paymentThatIs('PROCESSING'), received, circumstances, doubtAt);
    expect(decision).toMatchObject({ delivered: false, posting: null, contradiction: false });
    expect(decision.payment).toEqual({
      ...paymentThatIs('PROCESSING'),
      status: 'IN_DOUBT',
      version: 2,
      doubtedAt: doubtAt,
      updatedAt: doubtAt,
    });
  });

  it.each(unclear)(
    '$how: an IN_DOUBT payment does not change again, and the repeats continue',
    ({ received, circumstances }) => {
      const inDoubt = paymentThatIs('IN_DOUBT');
      const muchLater = addMilliseconds(doubtAt, 30 * 86_400_000);
      for (const now of [doubtAt, muchLater]) expect(decide(inDoubt, received, circumstances, now)).toEqual(WAITS_ON);
    },
  );

  it('the time counts from the debit: later scans, changes and attempts do not restart it', () => {
    const touched = { ...paymentThatIs('PROCESSING'), answeredAt: justBefore, updatedAt: justBefore, version: 7 };
    expect(decide(touched, NO_ANSWER, { attempts: 50 }, doubtAt).payment).toMatchObject({
      status: 'IN_DOUBT',
      version: 8,
    });
  });

  it('a clear answer is accepted at the limit and long after it', () => {
    for (const now of [doubtAt, addMilliseconds(doubtAt, 30 * 86_400_000)]) {
      expect(decide(paymentThatIs('PROCESSING'), 'SUCCESS', {}, now).payment).toMatchObject({ status: 'CONFIRMED' });
      expect(decide(paymentThatIs('IN_DOUBT'), 'RISK_REJECT', {}, now).payment).toMatchObject({ status: 'REVERSED' });
    }
  });
});

it.each(['PROCESSING', 'IN_DOUBT'] as const)(
  'a debited payment that is %s needs a receipt to be confirmed if a closing result of its purchase may be forgotten (R38, R39)',
  (status) => {
    const before = paymentThatIs(status);
    expect(decide(before, 'SUCCESS', { receiptRequired: true })).toEqual(WAITS_ON);
    expect(decide(before, 'SUCCESS', { receiptRequired: true, hasReceipt: true }).payment?.status).toBe('CONFIRMED');
  },
);
