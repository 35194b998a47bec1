import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES } from '@mpp/kernel';
import {
  decide,
  IN_DOUBT_AFTER_MS,
  NO_ANSWER,
  NOW,
  REFUSALS,
  REFUSED_BEFORE_PROCESSING,
  UNCLEAR,
  WAITS_ON,
} from '../../../test/support/answer-cases.js';
import { DEBITED_AT, paymentThatIs } from '../../../test/support/payments.js';
import type { AnswerDecision, Posting } from './answer.js';
import type { Payment, SettledBy } from './payment.js';

const ENDS = { delivered: true, payment: null, posting: null, contradiction: false };

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
        expect(decision).toEqual(
          REFUSED_BEFORE_PROCESSING.includes(code) ? WAITS_ON : contradicts(confirmed(by), code, posting),
        );
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

  it('is contradicted by a SUCCESS with a receipt: the seller is paid. Kept and booked once, alerted each time (R36)', () => {
    const first = decide(payment, 'SUCCESS', { hasReceipt: true });
    expect(first).toMatchObject({ delivered: true, contradiction: true });
    expect(first.posting).toBe(payment.amount === null ? null : 'DIFFERENCE_OWED');
    expect(first.payment).toMatchObject({ status, contradiction: { resultCode: 'SUCCESS' } });
    if (first.payment === null) throw new Error('the contradiction was not kept');
    expect(decide(first.payment, 'SUCCESS', { hasReceipt: true })).toEqual({ ...ENDS, contradiction: true });
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
  it.each(['CANCELLED', 'DECLINED'] as const)('of a payment that is %s is repeated without an answer', (status) => {
    expect(decide(paymentThatIs(status), NO_ANSWER)).toEqual(WAITS_ON);
  });
});
