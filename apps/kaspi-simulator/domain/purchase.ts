import type { Money, NotifyResult } from '@mpp/kernel';
import type { Receipt } from './receipt.js';
import { Refusal } from './refusal.js';

export interface Merchant {
  readonly id: string;
  readonly name: string;
  readonly mcc: string;
}

/** One sale of a shop. Whoever scans its QR sees the same purchase, under the same paymentId. */
export interface Purchase {
  readonly paymentId: string;
  readonly qrCode: string;
  readonly amount: Money;
  readonly merchant: Merchant;
  readonly createdAt: Date;
  /** From this instant on a purchase that is still open cannot be confirmed any more (regulation 4.1). */
  readonly canConfirmUntil: Date;
  readonly scannedBy: ReadonlySet<string>;
  readonly decision: Decision | null;
}

/** What ended a purchase: the first result that a customer's participant told. It never changes. */
export interface Decision {
  readonly result: NotifyResult;
  readonly customerId: string;
  readonly mppPaymentId: string;
  readonly at: Date;
  /** With every SUCCESS, and only there. */
  readonly receipt: Receipt | null;
}

/** What a participant says in notifyPayment (regulation 4.3). */
export interface Notice {
  readonly result: NotifyResult;
  readonly paymentId: string;
  readonly mppPaymentId: string;
  readonly customerId: string;
  /** A Dynamic purchase has its amount already and may leave it out (R4). */
  readonly amount: Money | undefined;
}

export type PurchaseStatus = 'OPEN' | 'EXPIRED' | 'CONFIRMED' | 'CLOSED';

export function statusOf(purchase: Purchase, now: Date): PurchaseStatus {
  if (purchase.decision !== null) return purchase.decision.result === 'SUCCESS' ? 'CONFIRMED' : 'CLOSED';
  return isPast(purchase.canConfirmUntil, now) ? 'EXPIRED' : 'OPEN';
}

/** The deadline is the time "until which" one may call: at the very instant it is over. */
export function isPast(deadline: Date, now: Date): boolean {
  return now.getTime() >= deadline.getTime();
}

/**
 * The decision that stands already and that the notice repeats, or null where the notice is the first and may decide
 * the purchase now. The same result is a repeat whoever tells it: the PS answers by paymentId alone (R33), and a repeat
 * is answered however late it comes. Throws {@link Refusal} where the notice cannot be taken. Source: regulation 4.3.
 */
export function standingDecision(purchase: Purchase | undefined, notice: Notice, now: Date): Decision | null {
  if (purchase === undefined) throw new Refusal('ORDER_NOT_EXIST');
  if (!purchase.scannedBy.has(notice.customerId)) throw new Refusal('UNKNOWN_CUSTOMER');
  if (notice.amount !== undefined && !notice.amount.equals(purchase.amount)) throw new Refusal('PARAM_ILLEGAL');
  if (purchase.decision !== null) {
    if (purchase.decision.result !== notice.result) throw new Refusal('PAYMENT_INCORRECT_STATUS');
    return purchase.decision;
  }
  // Going back or failing is always possible; only money must come in time.
  if (notice.result === 'SUCCESS' && isPast(purchase.canConfirmUntil, now)) {
    throw new Refusal('PAYMENT_INCORRECT_STATUS');
  }
  return null;
}
