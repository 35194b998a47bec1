import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES, Money } from '@mpp/kernel';
import fc from 'fast-check';
import { DEADLINE, DEBITED_AT, paymentThatIs } from '../../../test/support/payments.js';
import { decideAnswer } from './answer.js';
import { decideCancel } from './cancel.js';
import { type DebitAnswer, decideDebit } from './debit.js';
import { failed } from './failure.js';
import type { Payment } from './payment.js';
import { decideRefund } from './refund.js';
import { decideResolve, RESOLUTIONS } from './resolve.js';
import { reverseDebit, reversedByCore } from './reversal.js';
import { PAYMENT_STATUSES } from './transitions.js';

const NOW = new Date('2026-03-10T06:02:00Z');
const OUTCOME = { failure: failed('KASPI_REFUSED', 'RISK_REJECT'), settledBy: 'KASPI' } as const;
/** A core debited it. */
const REQUESTED = { debitRequestedAt: DEBITED_AT };
const HEARD = { afterUnknownAttempt: false, leaseLost: false, superseded: false, attempts: 1 };
const outcome = (resultCode: string | null) => ({ ...HEARD, resultCode });

describe.each(['PROCESSING', 'IN_DOUBT'] as const)('giving back the debit of a payment that is %s', (status) => {
  it('with the own ledger: REVERSED at once, with its posting', () => {
    const payment = paymentThatIs(status);
    const changes = { status: 'REVERSED', version: payment.version + 1, updatedAt: NOW, ...OUTCOME };
    expect(reverseDebit(payment, NOW, OUTCOME)).toEqual({ payment: { ...payment, ...changes }, posting: 'REVERSAL' });
  });

  it('with a bank’s core: REVERSING until it has, and no posting before', () => {
    const payment = paymentThatIs(status, REQUESTED);
    const changes = { status: 'REVERSING', version: payment.version + 1, updatedAt: NOW, ...OUTCOME };
    expect(reverseDebit(payment, NOW, OUTCOME)).toEqual({ payment: { ...payment, ...changes }, posting: null });
  });

  it('after the PS’s refusal, or an operator’s word, waits for the core alike', () => {
    const payment = paymentThatIs(status, REQUESTED);
    const refused = decideAnswer(payment, outcome('RISK_REJECT'), 900_000, NOW);
    expect(refused).toMatchObject({ delivered: true, posting: null, contradiction: false });
    expect(refused.payment).toMatchObject({ status: 'REVERSING', settledBy: 'KASPI', notifyResult: 'SUCCESS' });
    if (status !== 'IN_DOUBT') return;
    const resolved = decideResolve(payment, 'REVERSED', NOW);
    expect(resolved).toMatchObject({ posting: null, payment: { status: 'REVERSING', settledBy: 'OPERATOR' } });
  });

  it('a payment that the core debited and the PS confirms is settled as any other', () => {
    const confirmed = decideAnswer(paymentThatIs(status, REQUESTED), outcome('SUCCESS'), 900_000, NOW);
    expect(confirmed).toMatchObject({ posting: 'SETTLEMENT', payment: { status: 'CONFIRMED' } });
  });
});

describe('once the core has given it back', () => {
  it('the payment is REVERSED, and what was taken is posted back; reason and settler stay', () => {
    const payment = paymentThatIs('REVERSING');
    expect(reversedByCore(payment, NOW)).toEqual({
      payment: { ...payment, status: 'REVERSED', version: payment.version + 1, updatedAt: NOW },
      posting: 'REVERSAL',
    });
  });

  it('and had never said that it had debited, there is nothing to post back', () => {
    const payment = paymentThatIs('REVERSING', { debitedAt: null, notifyResult: 'PROCESS_FAIL' });
    expect(reversedByCore(payment, NOW)).toMatchObject({
      posting: null,
      payment: { status: 'REVERSED', debitedAt: null },
    });
  });

  it.each(PAYMENT_STATUSES.filter((status) => !['REVERSING', 'PROCESSING', 'IN_DOUBT'].includes(status)))(
    'a payment that is %s is not given back: that would be a mistake of ours',
    (status) => {
      expect(() => reversedByCore(paymentThatIs(status), NOW)).toThrow('cannot be reversed');
      const never = { ...paymentThatIs(status), debitRequestedAt: null };
      expect(() => reverseDebit(never, NOW, OUTCOME)).toThrow('cannot be reversed');
    },
  );
});

describe('a payment that is REVERSING', () => {
  const REVERSING = paymentThatIs('REVERSING');

  it('and of which the PS then says SUCCESS stays so: a difference is booked, once, and people are told (R36)', () => {
    const decision = decideAnswer(REVERSING, outcome('SUCCESS'), 900_000, NOW);
    expect(decision).toMatchObject({ delivered: true, posting: 'DIFFERENCE_OWED', contradiction: true });
    expect(decision.payment).toMatchObject({ status: 'REVERSING', contradiction: { resultCode: 'SUCCESS', at: NOW } });
    const again = decideAnswer(decision.payment as Payment, outcome('SUCCESS'), 900_000, NOW);
    expect(again).toMatchObject({ payment: null, posting: null, contradiction: true });
  });

  it.each(['RISK_REJECT', 'UNKNOWN_EXCEPTION', null])('and of which the PS then says %s has nothing to ask', (code) => {
    expect(decideAnswer(REVERSING, outcome(code), 900_000, NOW)).toEqual({
      delivered: true,
      payment: null,
      posting: null,
      contradiction: false,
    });
  });

  it('was told as PROCESS_FAIL where the debit was too late: no answer to that moves money (R35)', () => {
    const late = paymentThatIs('REVERSING', { notifyResult: 'PROCESS_FAIL' });
    for (const code of KASPI_RESULT_CODES) {
      expect(decideAnswer(late, outcome(code), 900_000, NOW)).toMatchObject({ payment: null, posting: null });
    }
  });

  it('can neither be cancelled nor settled by an operator', () => {
    const conflict = expect.objectContaining({ code: 'STATE_CONFLICT' });
    expect(() => decideCancel(REVERSING, false, NOW)).toThrow(conflict);
    for (const outcome of RESOLUTIONS) expect(() => decideResolve(REVERSING, outcome, NOW)).toThrow(conflict);
  });

  it('and was never known to be debited has nothing for the PS to refund (R18)', () => {
    const never = paymentThatIs('REVERSING', { debitedAt: null, notifyResult: 'PROCESS_FAIL' });
    expect(decideRefund(never, Money.parse('1.00'), NOW)).toEqual({ kind: 'refused', refusal: 'NOT_DEBITED' });
  });
});

it('a payment that is DEBITING can be neither cancelled nor refunded', () => {
  const debiting = paymentThatIs('DEBITING');
  expect(() => decideCancel(debiting, false, NOW)).toThrow(expect.objectContaining({ code: 'STATE_CONFLICT' }));
  expect(decideRefund(debiting, Money.parse('1.00'), NOW)).toEqual({ kind: 'refused', refusal: 'NOT_DEBITED' });
});

describe('whatever a core, the PS, operators and refunds say, in whichever order', () => {
  type Step =
    | { who: 'core'; outcome: DebitAnswer }
    | { who: 'core gives back' }
    | { who: 'the PS'; resultCode: string | null }
    | { who: 'an operator'; outcome: (typeof RESOLUTIONS)[number] }
    | { who: 'a refund' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constantFrom<Step>(
      { who: 'core', outcome: { kind: 'done' } },
      { who: 'core', outcome: { kind: 'unknown' } },
      { who: 'core', outcome: { kind: 'refused', reason: 'OTHER' } },
      { who: 'core gives back' },
      { who: 'a refund' },
    ),
    fc.constantFrom(...KASPI_RESULT_CODES, null).map((resultCode): Step => ({ who: 'the PS', resultCode })),
    fc.constantFrom(...RESOLUTIONS).map((outcome): Step => ({ who: 'an operator', outcome })),
  );
  const steps = fc.array(fc.record({ step, passes: fc.constantFrom(0, 1000, 120_000, 900_000) }), { maxLength: 20 });

  /** As the handlers do: what does not concern the payment any more is left alone. */
  function take(
    payment: Payment,
    { who, ...said }: Step,
    now: Date,
  ): { payment: Payment | null; posting: string | null } {
    const nothing = { payment: null, posting: null };
    switch (who) {
      case 'core':
        return payment.status === 'DEBITING'
          ? decideDebit(payment, (said as { outcome: DebitAnswer }).outcome, DEADLINE, now)
          : nothing;
      case 'core gives back':
        return payment.status === 'REVERSING' ? reversedByCore(payment, now) : nothing;
      case 'the PS':
        return payment.notifyResult === null
          ? nothing
          : decideAnswer(payment, outcome((said as { resultCode: string | null }).resultCode), 900_000, now);
      case 'an operator':
        return payment.status === 'IN_DOUBT'
          ? decideResolve(payment, (said as { outcome: 'CONFIRMED' | 'REVERSED' }).outcome, now)
          : nothing;
      case 'a refund': {
        const decision = decideRefund(payment, Money.parse('0.01'), now);
        return decision.kind === 'accepted' ? decision : nothing;
      }
    }
  }

  it('the PS is told one thing, money leaves the account once, and goes one way: to Kaspi or back, never both', () => {
    fc.assert(
      fc.property(steps, (given) => {
        let now = DEBITED_AT;
        let payment = paymentThatIs('DEBITING');
        const told = new Set<string>();
        const postings: string[] = [];
        for (const { step, passes } of given) {
          now = addMilliseconds(now, passes);
          const before = payment;
          const change = take(payment, step, now);
          payment = change.payment ?? payment;
          if (change.posting !== null) postings.push(change.posting);
          if (payment.notifyResult !== null) told.add(payment.notifyResult);
          expect(payment.version - before.version).toBe(change.payment === null ? 0 : 1);
          if (before.notifyResult === null && payment.notifyResult === 'SUCCESS') expect(now <= DEADLINE).toBe(true);
          if (before.settledBy !== null) expect(payment.settledBy).toBe(before.settledBy);
        }
        expect(told.size).toBeLessThanOrEqual(1);
        const moves = postings.filter((posting) => !posting.startsWith('DIFFERENCE'));
        expect(postings.length - moves.length).toBeLessThanOrEqual(1);
        const ends: Partial<Record<Payment['status'], string[][]>> = {
          DEBITING: [[]],
          DECLINED: [[]],
          PROCESSING: [['PAYMENT']],
          IN_DOUBT: [['PAYMENT']],
          CONFIRMED: [['PAYMENT', 'SETTLEMENT']],
          REVERSING: [['PAYMENT'], []],
          REVERSED: [['PAYMENT', 'REVERSAL'], []],
        };
        expect(ends[payment.status]).toContainEqual(moves);
        // Only a debit that nobody ever knew of leaves no trace in the books.
        if (moves.length === 0) expect(payment.debitedAt).toBeNull();
      }),
    );
  });
});
