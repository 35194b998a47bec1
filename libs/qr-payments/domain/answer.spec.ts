import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES, type KaspiResultCode } from '@mpp/kernel';
import { DEBITED_AT, paymentThatIs } from '../../../test/support/payments.js';
import { type AnswerDecision, decideAnswer, type NotifyOutcome, type Posting } from './answer.js';
import type { Payment, SettledBy } from './payment.js';

const IN_DOUBT_AFTER_MS = 900_000;
const NOW = addMilliseconds(DEBITED_AT, 1000);

const NO_ANSWER = 'silence';
type Received = KaspiResultCode | 'A_NEW_CODE' | typeof NO_ANSWER;

/**
 * R11 and R12 as a table: the outcome for a debited payment if no earlier attempt can have reached the PS, and if one
 * may have.
 */
const EXPECTED: Readonly<
  Record<Received, readonly ['CONFIRMED' | 'REVERSED' | 'waits', 'CONFIRMED' | 'REVERSED' | 'waits']>
> = {
  SUCCESS: ['CONFIRMED', 'CONFIRMED'],
  PROCESS_FAIL: ['REVERSED', 'REVERSED'],
  CANCELLED_BY_CLIENT: ['REVERSED', 'REVERSED'],
  INVALID_MERCHANT: ['REVERSED', 'REVERSED'],
  RISK_REJECT: ['REVERSED', 'REVERSED'],
  ORDER_NOT_EXIST: ['REVERSED', 'REVERSED'],
  UNKNOWN_CUSTOMER: ['REVERSED', 'REVERSED'],
  PARAM_ILLEGAL: ['REVERSED', 'waits'],
  PAYMENTS_SUSPENDED: ['REVERSED', 'waits'],
  PAYMENT_INCORRECT_STATUS: ['REVERSED', 'waits'],
  UNKNOWN_SOURCE: ['REVERSED', 'waits'],
  UNKNOWN_EXCEPTION: ['waits', 'waits'],
  CUSTOM_QR_ERROR: ['waits', 'waits'],
  EXPIRED_CODE: ['waits', 'waits'],
  INVALID_TOKEN: ['waits', 'waits'],
  A_NEW_CODE: ['waits', 'waits'],
  silence: ['waits', 'waits'],
};

const OUTCOMES = Object.keys(EXPECTED) as Received[];
const REFUSALS = OUTCOMES.filter((code) => EXPECTED[code][0] === 'REVERSED');
const UNCLEAR = OUTCOMES.filter((code) => EXPECTED[code][0] === 'waits');
const GATE = OUTCOMES.filter((code) => EXPECTED[code][0] === 'REVERSED' && EXPECTED[code][1] === 'waits');
const MONEY = { CONFIRMED: 'SETTLEMENT', REVERSED: 'REVERSAL' } as const;

function decide(payment: Payment, received: Received, circumstances: Partial<NotifyOutcome> = {}, now = NOW) {
  const resultCode = received === NO_ANSWER ? null : received;
  const none = { afterUnknownAttempt: false, leaseLost: false, superseded: false };
  const outcome = { resultCode, ...none, attempts: 1, ...circumstances };
  return decideAnswer(payment, outcome, IN_DOUBT_AFTER_MS, now);
}

const WAITS_ON = { delivered: false, payment: null, posting: null, contradiction: false };
const ENDS = { delivered: true, payment: null, posting: null, contradiction: false };

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
    ...GATE.map((received) => ({
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

describe('an answer after the payment was settled (R36)', () => {
  const CIRCUMSTANCES = [false, true].flatMap((afterUnknownAttempt) =>
    [false, true].map((leaseLost) => ({ afterUnknownAttempt, leaseLost })),
  );
  const CONFIRMED_BY: readonly SettledBy[] = ['KASPI', 'OPERATOR', 'REFUND', 'REGISTRY'];
  const REVERSED_BY: readonly SettledBy[] = ['KASPI', 'OPERATOR'];
  const confirmed = (settledBy: SettledBy) => paymentThatIs('CONFIRMED', { settledBy });
  const reversed = (settledBy: SettledBy) => paymentThatIs('REVERSED', { settledBy });

  /** Kept with the payment and alerted, and booked if there is a posting; status, amounts and notify do not change. */
  const contradicts = (payment: Payment, resultCode: string, posting: Posting | null): AnswerDecision => ({
    delivered: true,
    payment: { ...payment, contradiction: { resultCode, at: NOW }, version: payment.version + 1, updatedAt: NOW },
    posting,
    contradiction: true,
  });
  const AGAIN: AnswerDecision = { delivered: true, payment: null, posting: null, contradiction: true };

  describe.each(REVERSED_BY)('a payment that was reversed by %s', (by) => {
    it('and then gets SUCCESS: Kaspi has the purchase, and we owe it the amount that was given back', () => {
      for (const circumstances of CIRCUMSTANCES) {
        const expected = contradicts(reversed(by), 'SUCCESS', 'DIFFERENCE_OWED');
        expect(decide(reversed(by), 'SUCCESS', circumstances)).toEqual(expected);
      }
    });

    it.each([...REFUSALS, ...UNCLEAR])('and then gets %s: nothing changes, and the notify is done', (received) => {
      for (const circumstances of CIRCUMSTANCES) expect(decide(reversed(by), received, circumstances)).toEqual(ENDS);
    });
  });

  describe.each(CONFIRMED_BY)('a payment that was confirmed by %s', (by) => {
    const posting = by === 'KASPI' ? null : 'DIFFERENCE_NOT_OWED';

    it.each(REFUSALS)(
      `and then gets %s: a contradiction, booked as ${posting ?? 'nothing, because of its SUCCESS'}`,
      (code) => {
        expect(decide(confirmed(by), code)).toEqual(contradicts(confirmed(by), code, posting));
      },
    );

    it.each(REFUSALS)(
      'and then gets %s after an attempt that may have arrived: not a clear answer for some codes',
      (code) => {
        const decision = decide(confirmed(by), code, { afterUnknownAttempt: true });
        expect(decision).toEqual(GATE.includes(code) ? WAITS_ON : contradicts(confirmed(by), code, posting));
      },
    );

    it.each(REFUSALS)('and then gets %s while a later attempt is under way: the later attempt decides', (code) => {
      for (const afterUnknownAttempt of [false, true]) {
        expect(decide(confirmed(by), code, { leaseLost: true, afterUnknownAttempt })).toEqual(WAITS_ON);
      }
    });

    it('and then gets SUCCESS: nothing changes, and the notify is done', () => {
      for (const circumstances of CIRCUMSTANCES) expect(decide(confirmed(by), 'SUCCESS', circumstances)).toEqual(ENDS);
    });

    it.each(UNCLEAR)('and then gets %s: the notify continues for the receipt, however late (R19)', (received) => {
      const late = addMilliseconds(DEBITED_AT, 2 * IN_DOUBT_AFTER_MS);
      expect(decide(confirmed(by), received, { attempts: 50 }, late)).toEqual(WAITS_ON);
    });
  });

  describe('a second time', () => {
    it.each(REVERSED_BY)('SUCCESS after the reversal by %s: alerted again, and nothing is booked', (by) => {
      const first = decide(reversed(by), 'SUCCESS').payment;
      if (first === null) throw new Error('the contradiction was not kept');
      expect(decide(first, 'SUCCESS', {}, addMilliseconds(NOW, 60_000))).toEqual(AGAIN);
    });

    it.each(CONFIRMED_BY)(
      'a refusal after the confirmation by %s, the same or another: alerted again, and nothing is booked',
      (by) => {
        const first = decide(confirmed(by), 'RISK_REJECT').payment;
        if (first === null) throw new Error('the contradiction was not kept');
        for (const code of REFUSALS) expect(decide(first, code, {}, addMilliseconds(NOW, 60_000))).toEqual(AGAIN);
        expect(first.contradiction).toEqual({ resultCode: 'RISK_REJECT', at: NOW });
      },
    );

    it('the PS then agrees with the settled status: this is no contradiction, and the first one stays recorded', () => {
      const first = decide(confirmed('OPERATOR'), 'RISK_REJECT').payment;
      if (first === null) throw new Error('the contradiction was not kept');
      expect(decide(first, 'SUCCESS')).toEqual(ENDS);
    });
  });
});

describe.each([
  { notifyResult: 'PROCESS_FAIL', status: 'DECLINED' },
  { notifyResult: 'RISK_REJECT', status: 'DECLINED' },
  { notifyResult: 'CANCELLED_BY_CLIENT', status: 'CANCELLED' },
  { notifyResult: 'CANCELLED_BY_CLIENT', status: 'EXPIRED' },
] as const)('a payment that is $status with the result $notifyResult (R35)', ({ notifyResult, status }) => {
  const payment = paymentThatIs(status, { notifyResult });
  const clear = KASPI_RESULT_CODES.filter((code) => code !== 'UNKNOWN_EXCEPTION');
  const longAfter = addMilliseconds(DEBITED_AT, 30 * 86_400_000);

  it.each(clear)('is done after %s, at the first attempt already, and no money moves', (code) => {
    for (const afterUnknownAttempt of [false, true])
      for (const leaseLost of [false, true])
        expect(decide(payment, code, { afterUnknownAttempt, leaseLost })).toEqual(ENDS);
  });

  it.each(['UNKNOWN_EXCEPTION', 'A_NEW_CODE'] as const)(
    'is repeated after %s four times, and ends at the fifth',
    (received) => {
      for (const attempts of [1, 2, 3, 4]) expect(decide(payment, received, { attempts })).toEqual(WAITS_ON);
      for (const attempts of [5, 6, 100]) expect(decide(payment, received, { attempts })).toEqual(ENDS);
    },
  );

  it('is repeated as long as there is no answer', () => {
    for (const attempts of [1, 5, 6, 100_000])
      expect(decide(payment, NO_ANSWER, { attempts }, longAfter)).toEqual(WAITS_ON);
  });
});

describe('a closing notify', () => {
  it.each(['CANCELLED', 'DECLINED'] as const)(
    'of a payment that is %s ends unsent once another customer paid the purchase (R33)',
    (status) => {
      expect(decide(paymentThatIs(status), NO_ANSWER, { superseded: true })).toEqual(ENDS);
      expect(decide(paymentThatIs(status), NO_ANSWER)).toEqual(WAITS_ON);
    },
  );
});
