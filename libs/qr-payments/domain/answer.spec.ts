import { describe, expect, it } from '@jest/globals';
import {
  type AccountId,
  addMilliseconds,
  type CustomerId,
  KASPI_RESULT_CODES,
  type KaspiPaymentId,
  type KaspiResultCode,
  Money,
  type NotifyResult,
  type PaymentId,
} from '@mpp/kernel';
import { decideAnswer, type NotifyHeard } from './answer.js';
import type { Payment } from './payment.js';
import { newPayment } from './scan.js';
import type { PaymentStatus } from './transitions.js';

const IN_DOUBT_AFTER_MS = 900_000;
const DEBITED_AT = new Date('2026-03-10T06:00:00Z');
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

const SCANNED = newPayment(
  '019a0000-0000-7000-8000-000000000001' as PaymentId,
  '900900000001' as CustomerId,
  { kaspiPaymentId: 'ps-1' as KaspiPaymentId, amount: Money.parse('100.00'), confirmUntil: null, merchant: null },
  DEBITED_AT,
);

function debited(status: PaymentStatus): Payment {
  const accountId = '019a0000-0000-7000-8000-000000000002' as AccountId;
  return { ...SCANNED, status, version: 1, accountId, debitedAt: DEBITED_AT, notifyResult: 'SUCCESS' };
}

function undebited(status: PaymentStatus, notifyResult: NotifyResult): Payment {
  return { ...SCANNED, status, version: 1, notifyResult };
}

function hear(payment: Payment, said: Heard, circumstances: Partial<NotifyHeard> = {}, now = NOW) {
  const resultCode = said === SILENCE ? null : said;
  const heard = { resultCode, afterOneThatMayHaveArrived: false, overtaken: false, attempts: 1, ...circumstances };
  return decideAnswer(payment, heard, IN_DOUBT_AFTER_MS, now);
}

const WAITS_ON = { delivered: false, payment: null, posting: null, contradiction: false };
const ENDS = { delivered: true, payment: null, posting: null, contradiction: false };
const CONTRADICTS = { ...ENDS, contradiction: true };

it('the table of this test names every code that the regulation lists', () => {
  expect(HEARD.filter((code) => code !== 'A_NEW_CODE' && code !== SILENCE).sort()).toEqual(
    [...KASPI_RESULT_CODES].sort(),
  );
});

describe.each(['PROCESSING', 'IN_DOUBT'] as const)('a debited payment that is %s', (status) => {
  const rows = HEARD.flatMap((said) => [
    { said, afterOneThatMayHaveArrived: false, becomes: SAYS[said][0], earlier: 'no earlier attempt can have arrived' },
    { said, afterOneThatMayHaveArrived: true, becomes: SAYS[said][1], earlier: 'an earlier attempt may have arrived' },
  ]);

  it.each(rows)('after $said, where $earlier: $becomes (R11, R12)', ({ said, afterOneThatMayHaveArrived, becomes }) => {
    const decision = hear(debited(status), said, { afterOneThatMayHaveArrived });
    if (becomes === 'waits') {
      expect(decision).toEqual(WAITS_ON);
    } else {
      expect(decision).toMatchObject({ delivered: true, posting: MONEY[becomes], contradiction: false });
      expect(decision.payment).toMatchObject({ status: becomes, version: 2, updatedAt: NOW });
    }
  });

  it.each(rows)(
    'after $said while a later attempt is in the air, where $earlier: no money is given back (R36)',
    ({ said, afterOneThatMayHaveArrived, becomes }) => {
      const decision = hear(debited(status), said, { afterOneThatMayHaveArrived, overtaken: true });
      if (becomes === 'CONFIRMED') expect(decision).toMatchObject({ delivered: true, posting: 'SETTLEMENT' });
      else expect(decision).toEqual(WAITS_ON);
    },
  );

  it('that is confirmed keeps when, and no failure', () => {
    expect(hear(debited(status), 'SUCCESS').payment).toEqual({
      ...debited(status),
      status: 'CONFIRMED',
      version: 2,
      confirmedAt: NOW,
      updatedAt: NOW,
    });
  });

  it.each(REFUSALS)('that is given back after %s keeps the PS’s own code as the reason', (code) => {
    const failure = { code: 'KASPI_REFUSED', kaspiResultCode: code };
    expect(hear(debited(status), code).payment).toMatchObject({ failure, confirmedAt: null, debitedAt: DEBITED_AT });
  });
});

describe('a debited payment without a clear answer (R12)', () => {
  const doubtAt = addMilliseconds(DEBITED_AT, IN_DOUBT_AFTER_MS);
  const justBefore = addMilliseconds(doubtAt, -1);
  const unclear: { how: string; said: Heard; circumstances: Partial<NotifyHeard> }[] = [
    ...UNCLEAR.map((said) => ({ how: said, said, circumstances: {} })),
    ...GATE.map((said) => ({
      how: `${said} after an attempt that may have arrived`,
      said,
      circumstances: { afterOneThatMayHaveArrived: true },
    })),
    ...REFUSALS.map((said) => ({
      how: `${said} while a later attempt is in the air`,
      said,
      circumstances: { overtaken: true },
    })),
  ];

  it.each(unclear)('$how: is IN_DOUBT at the limit and not a millisecond before', ({ said, circumstances }) => {
    expect(hear(debited('PROCESSING'), said, circumstances, justBefore)).toEqual(WAITS_ON);
    const decision = hear(debited('PROCESSING'), said, circumstances, doubtAt);
    expect(decision).toMatchObject({ delivered: false, posting: null, contradiction: false });
    expect(decision.payment).toEqual({ ...debited('PROCESSING'), status: 'IN_DOUBT', version: 2, updatedAt: doubtAt });
  });

  it.each(unclear)('$how: once IN_DOUBT it changes no more, and the repeats go on', ({ said, circumstances }) => {
    const inDoubt = debited('IN_DOUBT');
    const muchLater = addMilliseconds(doubtAt, 30 * 86_400_000);
    for (const now of [doubtAt, muchLater]) expect(hear(inDoubt, said, circumstances, now)).toEqual(WAITS_ON);
  });

  it('counts from the debit: later scans, changes and attempts do not begin it anew', () => {
    const touched = { ...debited('PROCESSING'), answeredAt: justBefore, updatedAt: justBefore, version: 7 };
    expect(hear(touched, SILENCE, { attempts: 50 }, doubtAt).payment).toMatchObject({ status: 'IN_DOUBT', version: 8 });
  });

  it('and a clear answer is taken at the limit and long after it', () => {
    for (const now of [doubtAt, addMilliseconds(doubtAt, 30 * 86_400_000)]) {
      expect(hear(debited('PROCESSING'), 'SUCCESS', {}, now).payment).toMatchObject({ status: 'CONFIRMED' });
      expect(hear(debited('IN_DOUBT'), 'RISK_REJECT', {}, now).payment).toMatchObject({ status: 'REVERSED' });
    }
  });
});

describe('an answer that comes after the payment was settled (R36)', () => {
  it('SUCCESS after the money was given back contradicts, and moves nothing', () => {
    expect(hear(debited('REVERSED'), 'SUCCESS')).toEqual(CONTRADICTS);
    expect(hear(debited('REVERSED'), 'SUCCESS', { overtaken: true })).toEqual(CONTRADICTS);
  });

  it.each(REFUSALS)('%s after the payment was confirmed contradicts, and moves nothing', (code) => {
    expect(hear(debited('CONFIRMED'), code)).toEqual(CONTRADICTS);
    expect(hear(debited('CONFIRMED'), code, { overtaken: true })).toEqual(CONTRADICTS);
  });

  it('the same answer again is no contradiction', () => {
    expect(hear(debited('CONFIRMED'), 'SUCCESS')).toEqual(ENDS);
    for (const code of REFUSALS) expect(hear(debited('REVERSED'), code)).toEqual(ENDS);
  });

  it.each(UNCLEAR)('%s after the payment was confirmed goes on asking for the receipt, however late (R19)', (said) => {
    const late = addMilliseconds(DEBITED_AT, 2 * IN_DOUBT_AFTER_MS);
    expect(hear(debited('CONFIRMED'), said, { attempts: 50 }, late)).toEqual(WAITS_ON);
  });

  it.each(GATE)(
    '%s at the gate, after an attempt that may have arrived, says nothing of a confirmed payment',
    (code) => {
      expect(hear(debited('CONFIRMED'), code, { afterOneThatMayHaveArrived: true })).toEqual(WAITS_ON);
    },
  );

  it.each(UNCLEAR)('%s after the money was given back ends the asking', (said) => {
    expect(hear(debited('REVERSED'), said)).toEqual(ENDS);
  });
});

describe.each([
  { tells: 'PROCESS_FAIL', status: 'DECLINED' },
  { tells: 'CANCELLED_BY_CLIENT', status: 'CANCELLED' },
  { tells: 'CANCELLED_BY_CLIENT', status: 'EXPIRED' },
] as const)('a payment that is $status and tells the PS $tells (R35)', ({ tells, status }) => {
  const payment = undebited(status, tells);
  const clear = KASPI_RESULT_CODES.filter((code) => code !== 'UNKNOWN_EXCEPTION');
  const longAfter = addMilliseconds(DEBITED_AT, 30 * 86_400_000);

  it.each(clear)('has told it once the PS says %s, at the first attempt already, and no money moves', (code) => {
    for (const afterOneThatMayHaveArrived of [false, true])
      for (const overtaken of [false, true])
        expect(hear(payment, code, { afterOneThatMayHaveArrived, overtaken })).toEqual(ENDS);
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
