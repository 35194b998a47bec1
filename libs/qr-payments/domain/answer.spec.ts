import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES, type KaspiResultCode } from '@mpp/kernel';
import { DEBITED_AT, paymentThatIs } from '../../../test/support/payments.js';
import { type AnswerDecision, decideAnswer, type NotifyOutcome, type Posting } from './answer.js';
import type { Payment, SettledBy } from './payment.js';

const IN_DOUBT_AFTER_MS = 900_000;
const NOW = addMilliseconds(DEBITED_AT, 1000);

const SILENCE = 'silence';
type Heard = KaspiResultCode | 'A_NEW_CODE' | typeof SILENCE;

/**
 * R11 and R12 as a table: what becomes of a debited payment where no earlier attempt can have reached the PS, and where
 * one may have.
 */
const SAYS: Readonly<Record<Heard, readonly ['CONFIRMED' | 'REVERSED' | 'waits', 'CONFIRMED' | 'REVERSED' | 'waits']>> =
  {
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

const HEARD = Object.keys(SAYS) as Heard[];
const REFUSALS = HEARD.filter((code) => SAYS[code][0] === 'REVERSED');
const UNCLEAR = HEARD.filter((code) => SAYS[code][0] === 'waits');
const GATE = HEARD.filter((code) => SAYS[code][0] === 'REVERSED' && SAYS[code][1] === 'waits');
const MONEY = { CONFIRMED: 'SETTLEMENT', REVERSED: 'REVERSAL' } as const;

function hear(payment: Payment, said: Heard, circumstances: Partial<NotifyOutcome> = {}, now = NOW) {
  const resultCode = said === SILENCE ? null : said;
  const none = { afterUnknownAttempt: false, leaseLost: false, superseded: false };
  const outcome = { resultCode, ...none, attempts: 1, ...circumstances };
  return decideAnswer(payment, outcome, IN_DOUBT_AFTER_MS, now);
}

const WAITS_ON = { delivered: false, payment: null, posting: null, contradiction: false };
const ENDS = { delivered: true, payment: null, posting: null, contradiction: false };

it('the table of this test names every code that the regulation lists', () => {
  expect(HEARD.filter((code) => code !== 'A_NEW_CODE' && code !== SILENCE).sort()).toEqual(
    [...KASPI_RESULT_CODES].sort(),
  );
});

describe.each(['PROCESSING', 'IN_DOUBT'] as const)('a debited payment that is %s', (status) => {
  const before = paymentThatIs(status);
  const rows = HEARD.flatMap((said) => [
    { said, afterUnknownAttempt: false, becomes: SAYS[said][0], earlier: 'no earlier attempt can have arrived' },
    { said, afterUnknownAttempt: true, becomes: SAYS[said][1], earlier: 'an earlier attempt may have arrived' },
  ]);

  it.each(rows)('after $said, where $earlier: $becomes (R11, R12)', ({ said, afterUnknownAttempt, becomes }) => {
    const decision = hear(before, said, { afterUnknownAttempt });
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
    'after $said while a later attempt is in the air, where $earlier: no money is given back (R36)',
    ({ said, afterUnknownAttempt, becomes }) => {
      const decision = hear(before, said, { afterUnknownAttempt, leaseLost: true });
      if (becomes === 'CONFIRMED') expect(decision).toMatchObject({ delivered: true, posting: 'SETTLEMENT' });
      else expect(decision).toEqual(WAITS_ON);
    },
  );

  it('that is confirmed keeps when, and no failure', () => {
    expect(hear(before, 'SUCCESS').payment).toEqual({
      ...before,
      status: 'CONFIRMED',
      version: before.version + 1,
      confirmedAt: NOW,
      settledBy: 'KASPI',
      updatedAt: NOW,
    });
  });

  it.each(REFUSALS)('that is given back after %s keeps the PS’s own code as the reason', (code) => {
    const failure = { code: 'KASPI_REFUSED', kaspiResultCode: code };
    expect(hear(before, code).payment).toEqual({
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
  const unclear: { how: string; said: Heard; circumstances: Partial<NotifyOutcome> }[] = [
    ...UNCLEAR.map((said) => ({ how: said, said, circumstances: {} })),
    ...GATE.map((said) => ({
      how: `${said} after an attempt that may have arrived`,
      said,
      circumstances: { afterUnknownAttempt: true },
    })),
    ...REFUSALS.map((said) => ({
      how: `${said} while a later attempt is in the air`,
      said,
      circumstances: { leaseLost: true },
    })),
  ];

  it.each(unclear)('$how: is IN_DOUBT at the limit and not a millisecond before', ({ said, circumstances }) => {
    expect(hear(paymentThatIs('PROCESSING'), said, circumstances, justBefore)).toEqual(WAITS_ON);
    const decision = hear(paymentThatIs('PROCESSING'), said, circumstances, doubtAt);
    expect(decision).toMatchObject({ delivered: false, posting: null, contradiction: false });
    expect(decision.payment).toEqual({
      ...paymentThatIs('PROCESSING'),
      status: 'IN_DOUBT',
      version: 2,
      doubtedAt: doubtAt,
      updatedAt: doubtAt,
    });
  });

  it.each(unclear)('$how: once IN_DOUBT it changes no more, and the repeats go on', ({ said, circumstances }) => {
    const inDoubt = paymentThatIs('IN_DOUBT');
    const muchLater = addMilliseconds(doubtAt, 30 * 86_400_000);
    for (const now of [doubtAt, muchLater]) expect(hear(inDoubt, said, circumstances, now)).toEqual(WAITS_ON);
  });

  it('counts from the debit: later scans, changes and attempts do not begin it anew', () => {
    const touched = { ...paymentThatIs('PROCESSING'), answeredAt: justBefore, updatedAt: justBefore, version: 7 };
    expect(hear(touched, SILENCE, { attempts: 50 }, doubtAt).payment).toMatchObject({ status: 'IN_DOUBT', version: 8 });
  });

  it('and a clear answer is taken at the limit and long after it', () => {
    for (const now of [doubtAt, addMilliseconds(doubtAt, 30 * 86_400_000)]) {
      expect(hear(paymentThatIs('PROCESSING'), 'SUCCESS', {}, now).payment).toMatchObject({ status: 'CONFIRMED' });
      expect(hear(paymentThatIs('IN_DOUBT'), 'RISK_REJECT', {}, now).payment).toMatchObject({ status: 'REVERSED' });
    }
  });
});

describe('an answer that comes after the payment was settled (R36)', () => {
  const CIRCUMSTANCES = [false, true].flatMap((afterUnknownAttempt) =>
    [false, true].map((leaseLost) => ({ afterUnknownAttempt, leaseLost })),
  );
  const CONFIRMED_BY: readonly SettledBy[] = ['KASPI', 'OPERATOR', 'REFUND', 'REGISTRY'];
  const REVERSED_BY: readonly SettledBy[] = ['KASPI', 'OPERATOR'];
  const confirmed = (settledBy: SettledBy) => paymentThatIs('CONFIRMED', { settledBy });
  const reversed = (settledBy: SettledBy) => paymentThatIs('REVERSED', { settledBy });

  /** Kept on the payment and alerted, and booked where a posting says so; status, money and notify stay as they were. */
  const contradicts = (payment: Payment, resultCode: string, posting: Posting | null): AnswerDecision => ({
    delivered: true,
    payment: { ...payment, contradiction: { resultCode, at: NOW }, version: payment.version + 1, updatedAt: NOW },
    posting,
    contradiction: true,
  });
  const AGAIN: AnswerDecision = { delivered: true, payment: null, posting: null, contradiction: true };

  describe.each(REVERSED_BY)('the money given back by %s', (by) => {
    it('and now SUCCESS: Kaspi has the purchase, and we owe it what the customer has back', () => {
      for (const circumstances of CIRCUMSTANCES) {
        const expected = contradicts(reversed(by), 'SUCCESS', 'DIFFERENCE_OWED');
        expect(hear(reversed(by), 'SUCCESS', circumstances)).toEqual(expected);
      }
    });

    it.each([...REFUSALS, ...UNCLEAR])('and now %s: nothing new, and nothing more to ask', (said) => {
      for (const circumstances of CIRCUMSTANCES) expect(hear(reversed(by), said, circumstances)).toEqual(ENDS);
    });
  });

  describe.each(CONFIRMED_BY)('confirmed by %s', (by) => {
    const posting = by === 'KASPI' ? null : 'DIFFERENCE_NOT_OWED';

    it.each(REFUSALS)(
      `and now %s: a contradiction, and booked as ${posting ?? 'nothing: its SUCCESS stands'}`,
      (code) => {
        expect(hear(confirmed(by), code)).toEqual(contradicts(confirmed(by), code, posting));
      },
    );

    it.each(REFUSALS)(
      'and now %s, after an attempt that may have arrived: said at the gate it says nothing',
      (code) => {
        const decision = hear(confirmed(by), code, { afterUnknownAttempt: true });
        expect(decision).toEqual(GATE.includes(code) ? WAITS_ON : contradicts(confirmed(by), code, posting));
      },
    );

    it.each(REFUSALS)('and now %s while a later attempt is in the air: that one will tell', (code) => {
      for (const afterUnknownAttempt of [false, true]) {
        expect(hear(confirmed(by), code, { leaseLost: true, afterUnknownAttempt })).toEqual(WAITS_ON);
      }
    });

    it('and now SUCCESS: nothing new, and nothing more to ask', () => {
      for (const circumstances of CIRCUMSTANCES) expect(hear(confirmed(by), 'SUCCESS', circumstances)).toEqual(ENDS);
    });

    it.each(UNCLEAR)('and now %s: it goes on asking for the receipt, however late (R19)', (said) => {
      const late = addMilliseconds(DEBITED_AT, 2 * IN_DOUBT_AFTER_MS);
      expect(hear(confirmed(by), said, { attempts: 50 }, late)).toEqual(WAITS_ON);
    });
  });

  describe('a second time', () => {
    it.each(REVERSED_BY)('SUCCESS after the money was given back by %s: alerted again, and nothing is booked', (by) => {
      const first = hear(reversed(by), 'SUCCESS').payment;
      if (first === null) throw new Error('the contradiction was not kept');
      expect(hear(first, 'SUCCESS', {}, addMilliseconds(NOW, 60_000))).toEqual(AGAIN);
    });

    it.each(CONFIRMED_BY)(
      'a refusal after the confirmation by %s, the same or another: alerted again, and nothing is booked',
      (by) => {
        const first = hear(confirmed(by), 'RISK_REJECT').payment;
        if (first === null) throw new Error('the contradiction was not kept');
        for (const code of REFUSALS) expect(hear(first, code, {}, addMilliseconds(NOW, 60_000))).toEqual(AGAIN);
        expect(first.contradiction).toEqual({ resultCode: 'RISK_REJECT', at: NOW });
      },
    );

    it('the PS comes round to what we had settled: it is no contradiction any more, and the first one stays on record', () => {
      const first = hear(confirmed('OPERATOR'), 'RISK_REJECT').payment;
      if (first === null) throw new Error('the contradiction was not kept');
      expect(hear(first, 'SUCCESS')).toEqual(ENDS);
    });
  });
});

describe.each([
  { tells: 'PROCESS_FAIL', status: 'DECLINED' },
  { tells: 'RISK_REJECT', status: 'DECLINED' },
  { tells: 'CANCELLED_BY_CLIENT', status: 'CANCELLED' },
  { tells: 'CANCELLED_BY_CLIENT', status: 'EXPIRED' },
] as const)('a payment that is $status and tells the PS $tells (R35)', ({ tells, status }) => {
  const payment = paymentThatIs(status, { notifyResult: tells });
  const clear = KASPI_RESULT_CODES.filter((code) => code !== 'UNKNOWN_EXCEPTION');
  const longAfter = addMilliseconds(DEBITED_AT, 30 * 86_400_000);

  it.each(clear)('has told it once the PS says %s, at the first attempt already, and no money moves', (code) => {
    for (const afterUnknownAttempt of [false, true])
      for (const leaseLost of [false, true])
        expect(hear(payment, code, { afterUnknownAttempt, leaseLost })).toEqual(ENDS);
  });

  it.each(['UNKNOWN_EXCEPTION', 'A_NEW_CODE'] as const)(
    'goes on after %s four times, and ends at the fifth',
    (said) => {
      for (const attempts of [1, 2, 3, 4]) expect(hear(payment, said, { attempts })).toEqual(WAITS_ON);
      for (const attempts of [5, 6, 100]) expect(hear(payment, said, { attempts })).toEqual(ENDS);
    },
  );

  it('goes on for as long as there is silence', () => {
    for (const attempts of [1, 5, 6, 100_000])
      expect(hear(payment, SILENCE, { attempts }, longAfter)).toEqual(WAITS_ON);
  });
});

describe('a notify that there is no purchase', () => {
  it.each(['CANCELLED', 'DECLINED'] as const)(
    'of a payment that is %s ends untold once somebody else has paid it (R33)',
    (status) => {
      expect(hear(paymentThatIs(status), SILENCE, { superseded: true })).toEqual(ENDS);
      expect(hear(paymentThatIs(status), SILENCE)).toEqual(WAITS_ON);
    },
  );
});
