import { Money } from '@mpp/kernel';
import type { Posting } from './answer.js';
import { type Payment, transition } from './payment.js';
import { can } from './transitions.js';

/** Why a refund is refused (R18). */
export type RefundRefusal = 'UNKNOWN_PAYMENT' | 'OTHER_CUSTOMER' | 'NOT_DEBITED' | 'ABOVE_PAYMENT';

export type RefundDecision =
  | { readonly kind: 'refused'; readonly refusal: RefundRefusal }
  | {
      readonly kind: 'accepted';
      /** With the refund. */
      readonly payment: Payment;
      readonly posting: Posting | null;
      /** The customer already has the money, and no credit is made (R19). */
      readonly againstReversal: boolean;
    };

/** What the journal says of a payment, in tiyn. */
export interface RefundPosition {
  /** What we owe Kaspi for it. */
  readonly owed: bigint;
  /** What Kaspi has refunded of it: the refunds with their settled differences. */
  readonly refunded: bigint;
  /** What was taken from the customer and neither given nor promised back: a reversal, an operator or a refund may have. */
  readonly left: bigint;
}

/** The contradiction's code if the PS refunds a payment whose customer has the money: the PS has the purchase after all. */
export const CONTRADICTED_BY_REFUND = 'REFUND';

/**
 * Decides whether the PS may refund the amount. A refund confirms its payment, because the PS refunds only confirmed purchases.
 * Who has the money is what the journal says, not the status. There is no limit in time (R30). Source: R18, R19.
 */
export function decideRefund(payment: Payment, amount: Money, journal: RefundPosition, now: Date): RefundDecision {
  const { status, contradiction } = payment;
  const wasDebited = payment.debitedAt !== null;
  // Operators may have debited the customer for a purchase that the books lacked, or for more of it (R40).
  if (!wasDebited && journal.left <= 0n) return { kind: 'refused', refusal: 'NOT_DEBITED' };
  const paid = wasDebited ? (payment.amount?.tiyn ?? 0n) : 0n;
  const refundable = journal.owed > paid ? journal.owed : paid;
  if (journal.refunded + amount.tiyn > refundable) return { kind: 'refused', refusal: 'ABOVE_PAYMENT' };
  const refundedAmount = Money.ofTiyn(payment.refundedAmount.tiyn + amount.tiyn);
  if (can(status, 'confirmed')) {
    const confirmed = { confirmedAt: now, settledBy: 'REFUND', refundedAmount } as const;
    return {
      kind: 'accepted',
      payment: transition(payment, 'confirmed', now, confirmed),
      posting: 'SETTLEMENT',
      againstReversal: false,
    };
  }
  // An external core is still giving the money back.
  const left = status === 'REVERSING' ? 0n : journal.left;
  // A part of the refund the customer has already: operators decide what is still theirs.
  if (left > 0n && left < amount.tiyn) return { kind: 'refused', refusal: 'ABOVE_PAYMENT' };
  const againstReversal = left <= 0n;
  const news = againstReversal && contradiction === null;
  const refunded = { ...payment, refundedAmount, version: payment.version + 1, updatedAt: now };
  return {
    kind: 'accepted',
    payment: news ? { ...refunded, contradiction: { resultCode: CONTRADICTED_BY_REFUND, at: now } } : refunded,
    // The purchase that the PS refunds is owed to it, booked once (R36).
    posting: journal.owed > 0n ? null : 'DIFFERENCE_OWED',
    againstReversal,
  };
}
