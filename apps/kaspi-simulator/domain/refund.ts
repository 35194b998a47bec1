import { randomInt, randomUUID } from 'node:crypto';
import type { Money } from '@mpp/kernel';
import type { RefundAsked } from './events.js';
import type { OperationNumbers } from './operation-numbers.js';
import { type Purchase, statusOf } from './purchase.js';
import { type Receipt, refundReceiptOf } from './receipt.js';

/** Money that a shop gives back, for the participant to put on the customer's account (regulation 4.4). */
export interface Refund {
  readonly refundId: string;
  /** The `X-Request-ID` of every attempt. */
  readonly requestId: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: Money;
  readonly receipt: Receipt;
  readonly requestedAt: Date;
  /** Null while the participant has not answered: it is asked again and again. */
  readonly answer: RefundAnswer | null;
}

/** What the participant said first. It never changes. */
export interface RefundAnswer {
  readonly resultCode: string;
  readonly at: Date;
  /** How many requests it took. */
  readonly attempts: number;
}

export type RefundStatus = 'SENDING' | 'ACCEPTED' | 'REFUSED';

export function refundStatusOf({ answer }: Pick<Refund, 'answer'>): RefundStatus {
  if (answer === null) return 'SENDING';
  return answer.resultCode === 'SUCCESS' ? 'ACCEPTED' : 'REFUSED';
}

/** The shop cannot have it; the message says why. */
export class NotRefundable extends Error {
  override readonly name = 'NotRefundable';
}

/** What a shop asks for: so many refunds of this amount each. */
export interface RefundOrder {
  readonly paymentId: string;
  readonly amount: Money;
  readonly times: number;
}

/**
 * All refunds of the wish, or none. The PS itself sees to it that the refunds of a purchase never exceed it (regulation
 * 4.4), those that are still on their way included. Throws {@link NotRefundable}.
 */
export function startRefunds(
  { paymentId, amount, times }: RefundOrder,
  purchase: Purchase | undefined,
  refunded: Money,
  numbers: OperationNumbers,
  now: Date,
): RefundAsked[] {
  if (purchase === undefined) throw new NotRefundable(`there is no purchase ${paymentId}`);
  const { decision, amount: paid } = purchase;
  const status = statusOf(purchase, now);
  if (status !== 'CONFIRMED' || decision === null || paid === null) {
    throw new NotRefundable(`purchase ${paymentId} is ${status}: only a CONFIRMED one can be refunded`);
  }
  const left = paid.minus(refunded);
  if (amount.tiyn * BigInt(times) > left.tiyn) {
    const asked = times === 1 ? `${amount}` : `${times} times ${amount}`;
    throw new NotRefundable(`${asked} is more than the ${left} of ${paid} that can still be refunded`);
  }
  const first = numbers.next(now);
  return Array.from({ length: times }, (_, index) => ({
    event: 'refund-asked',
    at: now.toISOString(),
    refundId: newRefundId(),
    requestId: randomUUID(),
    paymentId,
    customerId: decision.customerId,
    amount: amount.toString(),
    receipt: refundReceiptOf(first + index, now),
  }));
}

/**
 * In the form of the example: `Ref1234567` (regulation 4.4). By chance and long, so that a simulator without a store file
 * does not begin anew with numbers that a participant remembers.
 */
function newRefundId(): string {
  return `Ref${randomInt(10 ** 13, 10 ** 14)}`;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** How long the PS waits before it repeats what was not answered so many times in a row. It never gives up. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
