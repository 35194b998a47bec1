import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, type NotifyResult } from '@mpp/kernel';
import fc from 'fast-check';
import { DEADLINE, DEBITED_AT, paymentThatIs, SCANNED_AT } from '../../../test/support/payments.js';
import { type DebitAnswer, debitDeadline, decideDebit } from './debit.js';
import { failureText } from './failure.js';
import type { Payment } from './payment.js';

const DEBITING = paymentThatIs('DEBITING');
const DONE: DebitAnswer = { kind: 'done' };
const UNKNOWN: DebitAnswer = { kind: 'unknown' };
const refused = (reason: string): DebitAnswer => ({ kind: 'refused', reason });
const JUST_LATE = addMilliseconds(DEADLINE, 1);

const decide = (outcome: DebitAnswer, now: Date, payment = DEBITING) => decideDebit(payment, outcome, DEADLINE, now);

describe('the deadline by which a debit must be known (R16)', () => {
  it('is the PS’s deadline, without a margin: the core’s answer counts, not the notify', () => {
    expect(debitDeadline(DEBITING, 900_000)).toEqual(DEADLINE);
  });

  it('is our own limit from the PS’s last answer if the PS named no deadline (R8)', () => {
    const answeredAt = addMilliseconds(SCANNED_AT, 5000);
    expect(debitDeadline({ ...DEBITING, confirmUntil: null, answeredAt }, 900_000)).toEqual(
      addMilliseconds(answeredAt, 900_000),
    );
  });
});

describe('a debit that the bank’s core has carried out', () => {
  it.each([
    ['at once', DEBITED_AT],
    ['at the very last moment', DEADLINE],
  ])('and that is known %s is notified as SUCCESS, with the money in transit', (_, now) => {
    expect(decide(DONE, now)).toEqual({
      payment: {
        ...DEBITING,
        status: 'PROCESSING',
        version: DEBITING.version + 1,
        debitedAt: now,
        notifyResult: 'SUCCESS',
        updatedAt: now,
      },
      posting: 'PAYMENT',
      operation: 'done',
    });
  });

  it.each([
    ['a millisecond', JUST_LATE],
    ['a day', addMilliseconds(DEADLINE, 86_400_000)],
  ])('and that is known %s too late is reversed, and the PS gets PROCESS_FAIL', (_, now) => {
    expect(decide(DONE, now)).toEqual({
      payment: {
        ...DEBITING,
        status: 'REVERSING',
        version: DEBITING.version + 1,
        debitedAt: now,
        failure: { code: 'DEBITED_TOO_LATE', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        settledBy: 'DEADLINE',
        updatedAt: now,
      },
      posting: 'PAYMENT',
      operation: 'done',
    });
  });
});

describe('a debit that the bank’s core refuses', () => {
  it.each([
    ['in time', DEBITED_AT],
    ['at the last moment', DEADLINE],
    ['too late', JUST_LATE],
  ])(
    '%s: DECLINED, no money moves, the PS gets PROCESS_FAIL, and the purchase can be paid again (R15, R33)',
    (_, now) => {
      expect(decide(refused('INSUFFICIENT_FUNDS'), now)).toEqual({
        payment: {
          ...DEBITING,
          status: 'DECLINED',
          version: DEBITING.version + 1,
          failure: { code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null },
          notifyResult: 'PROCESS_FAIL',
          debitRequestedAt: null,
          updatedAt: now,
        },
        posting: null,
        operation: 'refused',
      });
    },
  );

  it.each(['ACCOUNT_NOT_FOUND', 'ACCOUNT_BLOCKED', 'ACCOUNT_CLOSED', 'LIMIT_EXCEEDED', 'OTHER', 'A_NEW_REASON'])(
    'for %s is shown to the customer as a refusal of their bank, in both languages',
    (reason) => {
      const { payment } = decide(refused(reason), DEBITED_AT);
      expect(payment?.failure).toEqual({ code: 'DEBIT_REFUSED', kaspiResultCode: null });
      const words = payment?.failure && failureText(payment.failure, payment.status);
      expect(words?.ru).toBe('Банк отказал в списании. Деньги не списаны.');
      expect(words?.kk).toBe('Банк ақшаны есептен шығарудан бас тартты.');
    },
  );
});

describe('a debit whose outcome is unknown', () => {
  it.each([
    ['soon', DEBITED_AT],
    ['at the last moment', DEADLINE],
  ])('%s is requested again: nothing is decided, and no notify is sent', (_, now) => {
    expect(decide(UNKNOWN, now)).toEqual({ payment: null, posting: null, operation: null });
  });

  it('is abandoned at the deadline: it is reversed whether or not it was carried out, without journal entries', () => {
    expect(decide(UNKNOWN, JUST_LATE)).toEqual({
      payment: {
        ...DEBITING,
        status: 'REVERSING',
        version: DEBITING.version + 1,
        failure: { code: 'DEBITED_TOO_LATE', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        settledBy: 'DEADLINE',
        updatedAt: JUST_LATE,
      },
      posting: null,
      operation: 'abandoned',
    });
  });
});

describe('an answer to a debit that is already decided throws:', () => {
  it.each(['PROCESSING', 'IN_DOUBT'] as const)('a payment that is %s is neither debited nor declined', (status) => {
    for (const outcome of [DONE, refused('OTHER')]) {
      expect(() => decide(outcome, DEADLINE, paymentThatIs(status))).toThrow('cannot be');
    }
  });

  it.each(['REVERSING', 'CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const)(
    'a payment that is %s is not reversed',
    (status) => {
      for (const outcome of [DONE, refused('OTHER'), UNKNOWN]) {
        expect(() => decide(outcome, JUST_LATE, paymentThatIs(status))).toThrow('cannot be');
      }
    },
  );
});

describe('any answers of the core to any number of attempts, at any time', () => {
  const outcome: fc.Arbitrary<DebitAnswer> = fc.oneof(
    fc.constant(DONE),
    fc.constant(UNKNOWN),
    fc.constantFrom('INSUFFICIENT_FUNDS', 'ACCOUNT_BLOCKED', 'OTHER').map(refused),
  );
  const length = DEADLINE.getTime() - DEBITED_AT.getTime();
  const moment = fc.oneof(fc.integer({ min: 0, max: 2 * length }), fc.constantFrom(length - 1, length, length + 1));
  const attempts = fc.array(fc.record({ outcome, after: moment }), { maxLength: 8 });

  it('send SUCCESS only for a debit known in time, give the PS one result, and post at most once', () => {
    fc.assert(
      fc.property(attempts, (given) => {
        let payment: Payment = DEBITING;
        const notified: NotifyResult[] = [];
        const postings: string[] = [];
        const inOrder = given.toSorted((one, other) => one.after - other.after);
        for (const { outcome, after } of inOrder) {
          // A decided payment is not decided again: see DebitHandler.
          if (payment.status !== 'DEBITING') continue;
          const now = addMilliseconds(DEBITED_AT, after);
          const decision = decide(outcome, now, payment);
          if (decision.payment === null) {
            expect(outcome.kind).toBe('unknown');
            expect(now <= DEADLINE).toBe(true);
            continue;
          }
          payment = decision.payment;
          if (payment.notifyResult !== null) notified.push(payment.notifyResult);
          if (decision.posting !== null) postings.push(decision.posting);
          const success = outcome.kind === 'done' && now <= DEADLINE;
          expect(payment.notifyResult).toBe(success ? 'SUCCESS' : 'PROCESS_FAIL');
          expect(decision.posting).toBe(outcome.kind === 'done' ? 'PAYMENT' : null);
          expect(payment.debitedAt).toEqual(outcome.kind === 'done' ? now : null);
          expect(payment.status).toBe(success ? 'PROCESSING' : outcome.kind === 'refused' ? 'DECLINED' : 'REVERSING');
        }
        expect(notified.length).toBeLessThanOrEqual(1);
        expect(postings.length).toBeLessThanOrEqual(1);
        expect(payment).toMatchObject({ amount: DEBITING.amount, accountId: DEBITING.accountId });
      }),
    );
  });
});

describe('in a recovery, a debit whose deadline is over (R39)', () => {
  const muchLater = addMilliseconds(DEADLINE, 3_600_000);
  const inRecovery = (answer: DebitAnswer) => decideDebit(DEBITING, answer, null, muchLater);

  it('is notified as SUCCESS if the core has carried it out: it may have been known in time', () => {
    expect(inRecovery(DONE).payment).toMatchObject({ status: 'PROCESSING', notifyResult: 'SUCCESS' });
  });

  it('stays as it is while its outcome is unknown', () => {
    expect(inRecovery(UNKNOWN)).toEqual({ payment: null, posting: null, operation: null });
  });

  it('is declined if the core has refused it', () => {
    expect(inRecovery(refused('INSUFFICIENT_FUNDS')).payment?.status).toBe('DECLINED');
  });
});
