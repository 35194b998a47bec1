import { type AccountId, DomainError, type LocalisedText, type Money } from '@mpp/kernel';
import { failed } from './failure.js';
import { type Payment, transition } from './payment.js';
import type { PurchaseState } from './status-sets.js';
import { isWaiting } from './transitions.js';

export interface ConfirmRequest {
  /** Our id, or the core's; null: the customer's first account. */
  readonly account: string | null;
  /** Static only. */
  readonly amount: Money | null;
  /** The amount that the app showed, if it sends it; else it is the amount that the server last told the app. */
  readonly expectedAmount: Money | null;
}

/** Everything that the decision needs, from one read. */
export interface ConfirmFacts {
  readonly payment: Payment;
  /** With the own ledger: the requested account, else the customer's first; null if it is not theirs or not open. */
  readonly account: { readonly id: AccountId; readonly balance: Money } | null;
  /** By the payments of other customers (R33, R38). */
  readonly purchase: PurchaseState;
}

export type ConfirmDecision =
  /** Decided before: return the payment as it is. */
  | { readonly kind: 'already-decided' }
  /** Too late: nothing is debited. */
  | { readonly kind: 'expire'; readonly payment: Payment }
  /** Nothing is debited; the PS gets PROCESS_FAIL or RISK_REJECT (R15). */
  | { readonly kind: 'decline'; readonly payment: Payment; readonly reason?: string }
  /** Debit the account and send SUCCESS to the PS. */
  | { readonly kind: 'debit'; readonly payment: Payment; readonly from: AccountId }
  /** Request the debit from the external core. */
  | { readonly kind: 'request-debit'; readonly payment: Payment; readonly from: AccountId };

/** The amount may be debited. */
export interface ToBeDebited {
  readonly kind: 'to-be-debited';
  readonly amount: Money;
}

/**
 * Decides what a confirm does, before the account is known; nothing is written yet. Throws AMOUNT_INVALID, AMOUNT_NOT_WHOLE,
 * LIMIT_EXCEEDED, CHECKOUT_REQUIRED, ALREADY_PAID, PURCHASE_CLOSED, AMOUNT_CHANGED. `maxAmount` bounds the amount that a customer
 * may enter; the other limits are checked afterwards (limits.ts). Source: contract (confirm), R3, R16, R33, R38, R43.
 */
export function decideConfirm(
  { payment, purchase }: Pick<ConfirmFacts, 'payment' | 'purchase'>,
  request: ConfirmRequest,
  maxAmount: Money | null,
  now: Date,
): Extract<ConfirmDecision, { kind: 'already-decided' | 'expire' }> | ToBeDebited {
  if (!isWaiting(payment.status)) return { kind: 'already-decided' };
  const entered = enteredAmount(payment, request.amount, maxAmount);
  if (isPastExpiry(payment, now)) return { kind: 'expire', payment: expired(payment, now) };
  const amount = entered ?? payment.amount;
  if (amount === null) throw new DomainError('CHECKOUT_REQUIRED');
  if (purchase !== 'open') throw new DomainError(purchase === 'paid' ? 'ALREADY_PAID' : 'PURCHASE_CLOSED');
  const seen = request.expectedAmount ?? payment.seenAmount;
  if (seen !== null && !seen.equals(amount)) throw new DomainError('AMOUNT_CHANGED');
  return { kind: 'to-be-debited', amount };
}

/** With the own ledger: debits if the balance suffices, else declines. Throws ACCOUNT_UNUSABLE without an account. */
export function decideOwnDebit({ payment, account }: ConfirmFacts, amount: Money, now: Date): ConfirmDecision {
  if (account === null) throw new DomainError('ACCOUNT_UNUSABLE');
  if (amount.isMoreThan(account.balance)) {
    const outcome = { amount, failure: failed('INSUFFICIENT_FUNDS'), notifyResult: 'PROCESS_FAIL' } as const;
    return { kind: 'decline', payment: transition(payment, 'declined', now, outcome) };
  }
  const outcome = { amount, accountId: account.id, debitedAt: now, notifyResult: 'SUCCESS' } as const;
  return { kind: 'debit', payment: transition(payment, 'debited', now, outcome), from: account.id };
}

/** With an external core, which alone knows the balance. The deadline is checked again, because reading the accounts took time. */
export function decideRequestedDebit(payment: Payment, from: AccountId, amount: Money, now: Date): ConfirmDecision {
  if (isPastExpiry(payment, now)) return { kind: 'expire', payment: expired(payment, now) };
  const outcome = { amount, accountId: from, debitRequestedAt: now };
  return { kind: 'request-debit', payment: transition(payment, 'debitRequested', now, outcome), from };
}

/** Whether the last moment for a confirm is over; that moment itself is in time. Source: R16. */
export function isPastExpiry({ expiresAt }: Payment, now: Date): boolean {
  return expiresAt !== null && now.getTime() > expiresAt.getTime();
}

/** Expiry sends no notify; a later cancel does (R14). */
export function expired(payment: Payment, now: Date): Payment {
  return transition(payment, 'expired', now, { failure: failed('CONFIRMED_TOO_LATE') });
}

/** The amount that the customer entered for a Static QR; null for other types, whose amount the PS names. Source: R3. */
function enteredAmount({ qrCodeType }: Payment, amount: Money | null, maxAmount: Money | null): Money | null {
  if (qrCodeType !== 'Static') {
    if (amount !== null) throw new DomainError('AMOUNT_INVALID', { detail: NO_AMOUNT });
    return null;
  }
  if (amount === null) throw new DomainError('AMOUNT_INVALID', { detail: AMOUNT_NEEDED });
  if (amount.isZero()) throw new DomainError('AMOUNT_INVALID', { detail: ABOVE_ZERO });
  if (!amount.isWholeTenge()) throw new DomainError('AMOUNT_NOT_WHOLE');
  if (maxAmount !== null && amount.isMoreThan(maxAmount)) throw new DomainError('LIMIT_EXCEEDED');
  return amount;
}

const NO_AMOUNT: LocalisedText = {
  ru: 'Для этого QR-кода сумма не указывается.',
  kk: 'Бұл QR-код үшін сома көрсетілмейді.',
};
const AMOUNT_NEEDED: LocalisedText = {
  ru: 'Для этого QR-кода сумму указывает покупатель.',
  kk: 'Бұл QR-код үшін соманы сатып алушы көрсетеді.',
};
const ABOVE_ZERO: LocalisedText = { ru: 'Сумма должна быть больше нуля.', kk: 'Сома нөлден көп болуы керек.' };
