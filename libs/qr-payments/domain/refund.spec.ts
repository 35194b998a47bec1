import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, Money } from '@mpp/kernel';
import fc from 'fast-check';
import { DEBITED_AT, PRICE, paymentThatIs, scanned, usualJournal } from '../../../test/support/payments.js';
import { decideAnswer } from './answer.js';
import type { Payment } from './payment.js';
import { CONTRADICTED_BY_REFUND, decideRefund as decideByJournal } from './refund.js';
import { PAYMENT_STATUSES, type PaymentStatus } from './transitions.js';

const NOW = new Date('2026-03-10T09:00:00Z');
const LATER = addMilliseconds(NOW, 60_000);
const NOTHING_LEFT = { owed: 0n, refunded: 0n, left: 0n };
const TAKEN = { owed: PRICE.tiyn, refunded: 0n, left: PRICE.tiyn };
const tenge = (text: string) => Money.parse(text);

const decideRefund = (payment: Payment, amount: Money, now: Date) =>
  decideByJournal(payment, amount, usualJournal(payment), now);

/** The payment with the refund; throws if the refund is refused. */
function refunded(payment: Payment, amount: string, now = NOW) {
  const decision = decideRefund(payment, tenge(amount), now);
  if (decision.kind === 'refused') throw new Error(decision.refusal);
  return decision;
}

const REFUNDABLE: readonly PaymentStatus[] = ['PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED'];

describe('a refund by the PS', () => {
  it('of a CONFIRMED payment is accepted, in full or in part, without a journal entry of the payment', () => {
    const payment = paymentThatIs('CONFIRMED');
    for (const amount of ['0.01', '30.00', '100.00']) {
      expect(decideRefund(payment, tenge(amount), NOW)).toEqual({
        kind: 'accepted',
        payment: { ...payment, refundedAmount: tenge(amount), version: payment.version + 1, updatedAt: NOW },
        posting: null,
        againstReversal: false,
      });
    }
  });

  it.each(['PROCESSING', 'IN_DOUBT'] as const)(
    'of a payment that is %s makes it CONFIRMED, and its money is owed to Kaspi first (R19)',
    (status) => {
      const payment = paymentThatIs(status);
      expect(decideRefund(payment, tenge('30.00'), NOW)).toEqual({
        kind: 'accepted',
        payment: {
          ...payment,
          status: 'CONFIRMED',
          refundedAmount: tenge('30.00'),
          confirmedAt: NOW,
          settledBy: 'REFUND',
          version: payment.version + 1,
          updatedAt: NOW,
        },
        posting: 'SETTLEMENT',
        againstReversal: false,
      });
    },
  );

  it.each(['PROCESSING', 'IN_DOUBT'] as const)(
    'confirms a payment that is %s once: the second part finds it CONFIRMED',
    (status) => {
      const first = refunded(paymentThatIs(status), '30.00').payment;
      const second = refunded(first, '70.00', LATER);
      expect(second).toMatchObject({ posting: null, againstReversal: false });
      expect(second.payment).toMatchObject({ status: 'CONFIRMED', confirmedAt: NOW, settledBy: 'REFUND' });
      expect(second.payment.refundedAmount).toEqual(PRICE);
    },
  );

  it('of a REVERSED payment is settled against the reversal: the difference is owed once and kept as a contradiction (R19, R36)', () => {
    const payment = paymentThatIs('REVERSED');
    const first = refunded(payment, '30.00');
    expect(first).toMatchObject({ posting: 'DIFFERENCE_OWED', againstReversal: true });
    expect(first.payment).toEqual({
      ...payment,
      refundedAmount: tenge('30.00'),
      contradiction: { resultCode: CONTRADICTED_BY_REFUND, at: NOW },
      version: payment.version + 1,
      updatedAt: NOW,
    });
    const second = refunded(first.payment, '70.00', LATER);
    expect(second).toMatchObject({ posting: null, againstReversal: true });
    expect(second.payment).toMatchObject({ status: 'REVERSED', contradiction: { at: NOW } });
  });

  it('of a REVERSED payment with a contradiction books no second difference', () => {
    const contradiction = { resultCode: 'SUCCESS', at: DEBITED_AT };
    const decision = refunded(paymentThatIs('REVERSED', { contradiction }), '100.00');
    expect(decision).toMatchObject({ posting: null, againstReversal: true, payment: { contradiction } });
  });

  it('of a REVERSED payment whose difference was corrected books it again: the journal counts, not the contradiction', () => {
    const contradiction = { resultCode: 'SUCCESS', at: DEBITED_AT };
    const payment = paymentThatIs('REVERSED', { contradiction, refundedAmount: tenge('30.00') });
    const decision = decideByJournal(payment, tenge('70.00'), { owed: 0n, refunded: 3000n, left: 0n }, NOW);
    expect(decision).toMatchObject({ posting: 'DIFFERENCE_OWED', againstReversal: true, payment: { contradiction } });
  });

  it('of a CONFIRMED payment that an operator gave back credits nothing, and the purchase is owed again', () => {
    const decision = decideByJournal(paymentThatIs('CONFIRMED'), tenge('100.00'), NOTHING_LEFT, NOW);
    expect(decision).toMatchObject({
      posting: 'DIFFERENCE_OWED',
      againstReversal: true,
      payment: { status: 'CONFIRMED', contradiction: { resultCode: CONTRADICTED_BY_REFUND } },
    });
  });

  it('of a payment that was given back in part is credited up to the rest, and refused above it', () => {
    const partly = { owed: 9000n, refunded: 0n, left: 9000n };
    expect(decideByJournal(paymentThatIs('CONFIRMED'), tenge('90.00'), partly, NOW)).toMatchObject({
      posting: null,
      againstReversal: false,
    });
    const above = { kind: 'refused', refusal: 'ABOVE_PAYMENT' };
    expect(decideByJournal(paymentThatIs('CONFIRMED'), tenge('90.01'), partly, NOW)).toEqual(above);
  });

  it('of a REVERSED payment that the customer was debited for again is credited', () => {
    const decision = decideByJournal(paymentThatIs('REVERSED'), tenge('40.00'), TAKEN, NOW);
    expect(decision).toMatchObject({ posting: null, againstReversal: false });
  });

  it('of a REVERSED payment leaves nothing to book for a later SUCCESS', () => {
    const { payment } = refunded(paymentThatIs('REVERSED'), '100.00');
    const outcome = {
      resultCode: 'SUCCESS',
      afterUnknownAttempt: true,
      leaseLost: false,
      hasReceipt: true,
      receiptRequired: false,
      attempts: 2,
    };
    expect(decideAnswer(payment, outcome, 900_000, LATER)).toMatchObject({ payment: null, posting: null });
  });

  it.each(PAYMENT_STATUSES.filter((status) => !REFUNDABLE.includes(status)))(
    'of a payment that is %s, and was never debited, is refused (R18)',
    (status) => {
      for (const amount of ['0.01', '100.00', '100.01']) {
        expect(decideRefund(paymentThatIs(status), tenge(amount), NOW)).toEqual({
          kind: 'refused',
          refusal: 'NOT_DEBITED',
        });
      }
    },
  );

  it.each(REFUNDABLE)('of a payment that is %s is refused one tiyn above the remaining amount', (status) => {
    const above = { kind: 'refused', refusal: 'ABOVE_PAYMENT' };
    expect(decideRefund(paymentThatIs(status), tenge('100.01'), NOW)).toEqual(above);
    const partly = paymentThatIs(status, { refundedAmount: tenge('60.00') });
    expect(decideRefund(partly, tenge('40.01'), NOW)).toEqual(above);
    expect(refunded(partly, '40.00').payment.refundedAmount).toEqual(PRICE);
    expect(decideRefund({ ...partly, refundedAmount: PRICE }, tenge('0.01'), NOW)).toEqual(above);
  });

  it('has no limit in time: ten years later it is accepted as on the first day (R30)', () => {
    const late = new Date('2036-03-10T06:01:00Z');
    expect(refunded(paymentThatIs('CONFIRMED'), '100.00', late).payment.refundedAmount).toEqual(PRICE);
    expect(refunded(paymentThatIs('IN_DOUBT'), '100.00', late).payment.status).toBe('CONFIRMED');
  });

  it('of an amount beyond any payment is refused without an error', () => {
    const most = Money.parse('1000000000000000.00');
    const payment = paymentThatIs('CONFIRMED', { amount: most, refundedAmount: most });
    expect(decideRefund(payment, most, NOW)).toMatchObject({ refusal: 'ABOVE_PAYMENT' });
  });
});

describe('any sequence of refunds', () => {
  const tiyn = (max: bigint) => fc.bigInt({ min: 1n, max }).map((amount) => Money.ofTiyn(amount));
  const requestedAmounts = fc.array(tiyn(4000n), { minLength: 1, maxLength: 12 });
  const anyPayment = fc.record({ status: fc.constantFrom(...PAYMENT_STATUSES), price: tiyn(10_000n) });

  it('never exceeds the payment; each part counts once, and a refused part changes nothing', () => {
    fc.assert(
      fc.property(anyPayment, requestedAmounts, ({ status, price }, amounts) => {
        const fresh = paymentThatIs(status);
        let payment = fresh.debitedAt === null ? fresh : { ...fresh, amount: price };
        let sum = 0n;
        let moves = 0;
        for (const amount of amounts) {
          const fits = payment.debitedAt !== null && sum + amount.tiyn <= price.tiyn;
          const decision = decideRefund(payment, amount, NOW);
          expect(decision.kind).toBe(fits ? 'accepted' : 'refused');
          if (decision.kind === 'refused') continue;
          sum += amount.tiyn;
          if (decision.posting !== null) moves++;
          expect(decision.payment.version).toBe(payment.version + 1);
          expect(decision.againstReversal).toBe(['REVERSING', 'REVERSED'].includes(status));
          payment = decision.payment;
        }
        expect(payment.refundedAmount.tiyn).toBe(sum);
        expect(sum <= price.tiyn).toBe(true);
        expect(moves).toBeLessThanOrEqual(1);
        const { amount, accountId, debitedAt, notifyResult, kaspiPaymentId, customerId } = payment;
        expect(fresh).toMatchObject({ accountId, debitedAt, notifyResult, kaspiPaymentId, customerId });
        if (fresh.debitedAt !== null) expect(amount).toEqual(price);
      }),
    );
  });

  it('settles a payment that waits for the PS with the first accepted part only', () => {
    fc.assert(
      fc.property(fc.constantFrom('PROCESSING' as const, 'IN_DOUBT' as const), requestedAmounts, (status, amounts) => {
        let payment = paymentThatIs(status);
        const postings: string[] = [];
        for (const amount of amounts) {
          const decision = decideRefund(payment, amount, NOW);
          if (decision.kind === 'refused') continue;
          if (decision.posting !== null) postings.push(decision.posting);
          payment = decision.payment;
        }
        expect(payment.status).toBe(payment.refundedAmount.isZero() ? status : 'CONFIRMED');
        expect(postings).toEqual(payment.refundedAmount.isZero() ? [] : ['SETTLEMENT']);
      }),
    );
  });

  it('changes nothing in a payment that was only scanned', () => {
    expect(decideRefund(scanned(), tenge('1.00'), NOW)).toMatchObject({ refusal: 'NOT_DEBITED' });
  });
});
