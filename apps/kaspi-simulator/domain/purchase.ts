import type { Money, NotifyResult } from '@mpp/kernel';
import type { Receipt } from './receipt.js';
import { Refusal } from './refusal.js';
import type { FilledParameter } from './service-form.js';

export interface Merchant {
  readonly id: string;
  readonly name: string;
  readonly mcc: string;
}

/** A QR of the type Refund leads to no purchase. */
export type PurchaseType = 'Dynamic' | 'Static' | 'Custom';

/**
 * One sale of a shop. A Dynamic QR is one purchase: whoever scans it sees the same, under the same paymentId. A purchase
 * of a standing QR belongs to the one customer who began it.
 */
export interface Purchase {
  readonly type: PurchaseType;
  readonly paymentId: string;
  readonly qrCode: string;
  /** Null before the customer has named it (Static: with the SUCCESS) or the service has priced it (Custom: at checkout). */
  readonly amount: Money | null;
  readonly merchant: Merchant;
  readonly createdAt: Date;
  /**
   * From this instant on a purchase that is still open cannot be confirmed any more (regulation 4.1). Null for a Custom
   * purchase before its checkout (R8).
   */
  readonly canConfirmUntil: Date | null;
  /** What the customer filled in at checkout. Custom only. */
  readonly filledIn: readonly FilledParameter[] | null;
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

/** The deadline is the time "until which" one may call: at the very instant it is over. Without one it never is. */
export function isPast(deadline: Date | null, now: Date): boolean {
  return deadline !== null && now.getTime() >= deadline.getTime();
}

/**
 * The decision that stands already and that the notice repeats, or null where the notice is the first and may decide
 * the purchase now. The same result is a repeat whoever tells it: the PS answers by paymentId alone (R33), and a repeat
 * is answered however late it comes. Throws {@link Refusal} where the notice cannot be taken. Source: regulation 4.3.
 */
export function existingDecision(purchase: Purchase | undefined, notice: Notice, now: Date): Decision | null {
  if (purchase === undefined) throw new Refusal('ORDER_NOT_EXIST');
  if (!purchase.scannedBy.has(notice.customerId)) throw new Refusal('UNKNOWN_CUSTOMER');
  if (!isRightAmount(purchase, notice)) throw new Refusal('PARAM_ILLEGAL');
  if (purchase.decision !== null) {
    if (purchase.decision.result !== notice.result) throw new Refusal('PAYMENT_INCORRECT_STATUS');
    return purchase.decision;
  }
  // Going back or failing is always possible; only money must come in time, and not before it is known how much.
  if (notice.result === 'SUCCESS' && !canBeConfirmed(purchase, now)) throw new Refusal('PAYMENT_INCORRECT_STATUS');
  return null;
}

function canBeConfirmed({ canConfirmUntil }: Purchase, now: Date): boolean {
  return canConfirmUntil !== null && !isPast(canConfirmUntil, now);
}

/**
 * Dynamic may leave the amount out and tells no other than its own. A SUCCESS of Static or Custom tells it, in whole tenge
 * ("целым числом", regulation 4.3); where no money moves there, the amount says nothing.
 */
function isRightAmount({ type, amount: known, canConfirmUntil }: Purchase, { result, amount }: Notice): boolean {
  if (type === 'Dynamic') return amount === undefined || known?.equals(amount) === true;
  // Before its checkout a Custom purchase is not to be confirmed at all, whatever the amount.
  if (result !== 'SUCCESS' || canConfirmUntil === null) return true;
  return amount?.isWholeTenge() === true && !amount.isZero() && (known === null || known.equals(amount));
}
