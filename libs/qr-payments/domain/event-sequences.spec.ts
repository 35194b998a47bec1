import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, KASPI_RESULT_CODES, Money } from '@mpp/kernel';
import fc from 'fast-check';
import { DEADLINE, DEBITED_AT, FIRST_ATTEMPT, paymentThatIs } from '../../../test/support/payments.js';
import { decideAnswer } from './answer.js';
import { type DebitAnswer, decideDebit } from './debit.js';
import type { Payment } from './payment.js';
import { decideRefund, type RefundPosition } from './refund.js';
import { decideResolve, RESOLUTIONS } from './resolve.js';
import { givenBack } from './reversal.js';

describe('any sequence of answers of a core and the PS, decisions of operators, and refunds', () => {
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

  /** As the entries say, of which the refunds' own are not among the postings. */
  function journalOf({ amount, refundedAmount }: Payment, postings: readonly string[]): RefundPosition {
    const paid = amount?.tiyn ?? 0n;
    const refunded = refundedAmount.tiyn;
    const times = (posting: string) => BigInt(postings.filter((made) => made === posting).length);
    return {
      owed: paid * (times('SETTLEMENT') + times('DIFFERENCE_OWED') - times('DIFFERENCE_NOT_OWED')),
      refunded,
      left: paid * (times('PAYMENT') - times('REVERSAL')) - refunded,
    };
  }

  /** As the handlers do: events that no longer apply to the payment are ignored. */
  function take(
    payment: Payment,
    { who, ...event }: Step,
    postings: readonly string[],
    now: Date,
  ): { payment: Payment | null; posting: string | null } {
    const nothing = { payment: null, posting: null };
    switch (who) {
      case 'core':
        return payment.status === 'DEBITING'
          ? decideDebit(payment, (event as { outcome: DebitAnswer }).outcome, DEADLINE, now)
          : nothing;
      case 'core gives back':
        return payment.status === 'REVERSING'
          ? { payment: givenBack(payment, now), posting: payment.debitedAt === null ? null : 'REVERSAL' }
          : nothing;
      case 'the PS':
        return payment.notifyResult === null
          ? nothing
          : decideAnswer(payment, { ...FIRST_ATTEMPT, ...(event as { resultCode: string | null }) }, 900_000, now);
      case 'an operator':
        return payment.status === 'IN_DOUBT'
          ? decideResolve(payment, (event as { outcome: 'CONFIRMED' | 'REVERSED' }).outcome, now)
          : nothing;
      case 'a refund': {
        const decision = decideRefund(payment, Money.parse('0.01'), journalOf(payment, postings), now);
        return decision.kind === 'accepted' ? decision : nothing;
      }
    }
  }

  it('gives the PS one result, debits the account once, and moves the money one way: to Kaspi or back', () => {
    fc.assert(
      fc.property(steps, (given) => {
        let now = DEBITED_AT;
        let payment = paymentThatIs('DEBITING');
        const notified = new Set<string>();
        const postings: string[] = [];
        for (const { step, passes } of given) {
          now = addMilliseconds(now, passes);
          const before = payment;
          const change = take(payment, step, postings, now);
          payment = change.payment ?? payment;
          if (change.posting !== null) postings.push(change.posting);
          if (payment.notifyResult !== null) notified.add(payment.notifyResult);
          expect(payment.version - before.version).toBe(change.payment === null ? 0 : 1);
          if (before.notifyResult === null && payment.notifyResult === 'SUCCESS') expect(now <= DEADLINE).toBe(true);
          if (before.settledBy !== null) expect(payment.settledBy).toBe(before.settledBy);
        }
        expect(notified.size).toBeLessThanOrEqual(1);
        const moves = postings.filter((posting) => !posting.startsWith('DIFFERENCE'));
        // A refund after the PS refused the purchase is owed to Kaspi again; neither difference is booked twice.
        const differences = postings.filter((posting) => posting.startsWith('DIFFERENCE'));
        expect([
          [],
          ['DIFFERENCE_OWED'],
          ['DIFFERENCE_NOT_OWED'],
          ['DIFFERENCE_NOT_OWED', 'DIFFERENCE_OWED'],
        ]).toContainEqual(differences);
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
        // Only a debit that never became known has no entry in the books.
        if (moves.length === 0) expect(payment.debitedAt).toBeNull();
      }),
    );
  });
});
