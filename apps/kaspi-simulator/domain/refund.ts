import { randomInt, randomUUID } from 'node:crypto';
import type { Money } from '@mpp/kernel';
import type { RefundRequested } from './events.js';
import type { OperationNumbers } from './operation-numbers.js';
import { type Purchase, statusOf } from './purchase.js';
import { type Receipt, refundReceipt } from './receipt.js';

/** A refund of a shop, which the participant credits to the customer's account (regulation 4.4). */
export interface Refund {
  readonly refundId: string;
  /** The `X-Request-ID` of every attempt. */
  readonly requestId: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: Money;
  readonly receipt: Receipt;
  readonly requestedAt: Date;
  /** Null until the participant answers; the request is repeated until then. */
  readonly answer: RefundAnswer | null;
}

/** The participant's first answer. It never changes. */
export interface RefundAnswer {
  readonly resultCode: string;
  readonly at: Date;
  /** The number of requests until this answer. */
  readonly attempts: number;
}

export type RefundStatus = 'SENDING' | 'ACCEPTED' | 'REFUSED';

export function refundStatusOf({ answer }: Pick<Refund, 'answer'>): RefundStatus {
  if (answer === null) return 'SENDING';
  return answer.resultCode === 'SUCCESS' ? 'ACCEPTED' : 'REFUSED';
}

/** The refund is not possible; the message says why. */
export class NotRefundable extends Error {
  override readonly name = 'NotRefundable';
}

/** A shop's request for `times` refunds of this amount each. */
export interface RefundOrder {
  readonly paymentId: string;
  readonly amount: Money;
  readonly times: number;
}

/**
 * Starts all refunds of the order, or none. The PS ensures that the refunds of a purchase, unanswered ones included, never
 * exceed its amount (regulation 4.4). Throws {@link NotRefundable}.
 */
export function startRefunds(
  { paymentId, amount, times }: RefundOrder,
  purchase: Purchase | undefined,
  refunded: Money,
  numbers: OperationNumbers,
  now: Date,
): RefundRequested[] {
  if (purchase === undefined) throw new NotRefundable(`there is no purchase ${paymentId}`);
  const { decision, amount: paid } = purchase;
  const status = statusOf(purchase, now);
  if (status !== 'CONFIRMED' || decision === null || paid === null) {
    throw new NotRefundable(`purchase ${paymentId} is ${status}: only a CONFIRMED one can be refunded`);
  }
  const left = paid.minus(refunded);
  if (amount.tiyn * BigInt(times) > left.tiyn) {
    const requested = times === 1 ? `${amount}` : `${times} times ${amount}`;
    throw new NotRefundable(`${requested} is more than the ${left} of ${paid} that can still be refunded`);
  }
  const first = numbers.nextNumber(now);
  return Array.from({ length: times }, (_, index) => ({
    event: 'refund-requested',
    at: now.toISOString(),
    refundId: newRefundId(),
    requestId: randomUUID(),
    paymentId,
    customerId: decision.customerId,
    amount: amount.toString(),
    receipt: refundReceipt(first + index, now),
  }));
}

/**
 * In the form of the example: `Ref1234567` (regulation 4.4). Random and long, so that a simulator without a store file does
 * not repeat an id that a participant has stored.
 */
function newRefundId(): string {
  return `Ref${randomInt(10 ** 13, 10 ** 14)}`;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** The pause before the next attempt, after this number of unanswered attempts in a row. There is no last attempt. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
