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
 * One sale of a shop. A Dynamic QR is one purchase, with the same paymentId for every customer who scans it. A purchase of
 * a reusable QR belongs to the customer who started it.
 */
export interface Purchase {
  readonly type: PurchaseType;
  readonly paymentId: string;
  readonly qrCode: string;
  /** Null before the customer has entered it (Static: sent with SUCCESS) or the service has priced it (Custom: at checkout). */
  readonly amount: Money | null;
  readonly merchant: Merchant;
  readonly createdAt: Date;
  /**
   * From this moment on an open purchase cannot be confirmed (regulation 4.1). Null for a Custom purchase before its
   * checkout (R8).
   */
  readonly canConfirmUntil: Date | null;
  /** The values of the service form, from checkout. Custom only. */
  readonly filledIn: readonly FilledParameter[] | null;
  readonly scannedBy: ReadonlySet<string>;
  readonly decision: Decision | null;
}

/** The first result that a participant sent, which ended the purchase. It never changes. */
export interface Decision {
  readonly result: NotifyResult;
  readonly customerId: string;
  readonly mppPaymentId: string;
  readonly at: Date;
  /** Present exactly if the result is SUCCESS. */
  readonly receipt: Receipt | null;
}

/** A participant's notifyPayment (regulation 4.3). */
export interface Notice {
  readonly result: NotifyResult;
  readonly paymentId: string;
  readonly mppPaymentId: string;
  readonly customerId: string;
  /** Optional for a Dynamic purchase, whose amount is known already (R4). */
  readonly amount: Money | undefined;
}

export type PurchaseStatus = 'OPEN' | 'EXPIRED' | 'CONFIRMED' | 'CLOSED';

export function statusOf(purchase: Purchase, now: Date): PurchaseStatus {
  if (purchase.decision !== null) return purchase.decision.result === 'SUCCESS' ? 'CONFIRMED' : 'CLOSED';
  return isPast(purchase.canConfirmUntil, now) ? 'EXPIRED' : 'OPEN';
}

/** Whether the deadline has passed; the moment of the deadline itself is too late. Without a deadline: never. */
export function isPast(deadline: Date | null, now: Date): boolean {
  return deadline !== null && now.getTime() >= deadline.getTime();
}

/**
 * Returns the stored decision of the purchase, or null if the notice is the first and may decide the purchase now. The PS
 * answers by paymentId alone: every later notice gets the same answer at any time, whoever sends it and whatever its result
 * is (R38). Throws {@link Refusal} if the notice is not acceptable. Source: regulation 4.3.
 */
export function existingDecision(purchase: Purchase | undefined, notice: Notice, now: Date): Decision | null {
  if (purchase === undefined) throw new Refusal('ORDER_NOT_EXIST');
  if (!purchase.scannedBy.has(notice.customerId)) throw new Refusal('UNKNOWN_CUSTOMER');
  if (!isAcceptableAmount(purchase, notice)) throw new Refusal('PARAM_ILLEGAL');
  if (purchase.decision !== null) return purchase.decision;
  // A cancellation or failure is accepted at any time; a SUCCESS only between checkout and deadline.
  if (notice.result === 'SUCCESS' && !canBeConfirmed(purchase, now)) throw new Refusal('PAYMENT_INCORRECT_STATUS');
  return null;
}

function canBeConfirmed({ canConfirmUntil }: Purchase, now: Date): boolean {
  return canConfirmUntil !== null && !isPast(canConfirmUntil, now);
}

/**
 * Dynamic: absent, or equal to the purchase's amount. Static and Custom: required with SUCCESS, in whole tenge ("целым
 * числом", regulation 4.3); ignored with any other result.
 */
function isAcceptableAmount({ type, amount: known, canConfirmUntil }: Purchase, { result, amount }: Notice): boolean {
  if (type === 'Dynamic') return amount === undefined || known?.equals(amount) === true;
  // A Custom purchase cannot be confirmed before its checkout; canBeConfirmed refuses it.
  if (result !== 'SUCCESS' || canConfirmUntil === null) return true;
  return amount?.isWholeTenge() === true && !amount.isZero() && (known === null || known.equals(amount));
}
