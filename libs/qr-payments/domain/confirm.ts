import { type AccountId, DomainError, type LocalisedText, type Money } from '@mpp/kernel';
import { failed } from './failure.js';
import { moved, type Payment } from './payment.js';
import { isWaiting } from './transitions.js';

export interface ConfirmRequest {
  /** As the app names it. */
  readonly account: string | null;
  /** Static only. */
  readonly amount: Money | null;
  /** What the customer saw, where the app says so. */
  readonly expectedAmount: Money | null;
}

/** All that deciding needs, as one read found it. */
export interface ConfirmFacts {
  readonly payment: Payment;
  /** Of the own ledger: the account that was asked for, else the customer's first; null where it is not theirs or not usable. */
  readonly account: { readonly id: AccountId; readonly balance: Money } | null;
  /** Somebody else's payment of the same purchase was debited (R33). */
  readonly paidByAnother: boolean;
}

export type ConfirmDecision =
  /** It has been decided before: show it as it is. */
  | { readonly kind: 'already-decided' }
  /** Too late: nothing is debited. */
  | { readonly kind: 'expire'; readonly payment: Payment }
  /** Nothing is debited, and the PS is told why in its own words (R15). */
  | { readonly kind: 'decline'; readonly payment: Payment; readonly reason?: string }
  /** Debit the account and tell the PS SUCCESS. */
  | { readonly kind: 'debit'; readonly payment: Payment; readonly from: AccountId }
  /** Ask the outside core to debit. */
  | { readonly kind: 'ask'; readonly payment: Payment; readonly from: AccountId };

/** Nothing stands against debiting so much. */
export interface ToBeDebited {
  readonly kind: 'to-be-debited';
  readonly amount: Money;
}

/**
 * What a confirm does, decided from one read, before it is known from which account; nothing has changed yet. Throws what the
 * caller is to be told: AMOUNT_INVALID, AMOUNT_NOT_WHOLE, LIMIT_EXCEEDED, CHECKOUT_REQUIRED, ALREADY_PAID, AMOUNT_CHANGED.
 * `maxAmount` bounds what a customer may enter; what else may stop a debit is asked afterwards (limits.ts). Source:
 * contract (confirm), R3, R16, R33.
 */
export function decideConfirm(
  { payment, paidByAnother }: Pick<ConfirmFacts, 'payment' | 'paidByAnother'>,
  request: ConfirmRequest,
  maxAmount: Money | null,
  now: Date,
): Extract<ConfirmDecision, { kind: 'already-decided' | 'expire' }> | ToBeDebited {
  if (!isWaiting(payment.status)) return { kind: 'already-decided' };
  const entered = enteredAmount(payment, request.amount, maxAmount);
  if (isOverdue(payment, now)) return { kind: 'expire', payment: expired(payment, now) };
  const amount = entered ?? payment.amount;
  if (amount === null) throw new DomainError('CHECKOUT_REQUIRED');
  if (paidByAnother) throw new DomainError('ALREADY_PAID');
  if (request.expectedAmount !== null && !request.expectedAmount.equals(amount)) {
    throw new DomainError('AMOUNT_CHANGED');
  }
  return { kind: 'to-be-debited', amount };
}

/** With the own ledger: its account has so much, or not. Throws ACCOUNT_UNUSABLE where there is none. */
export function decideOwnDebit({ payment, account }: ConfirmFacts, amount: Money, now: Date): ConfirmDecision {
  if (account === null) throw new DomainError('ACCOUNT_UNUSABLE');
  if (amount.isMoreThan(account.balance)) {
    const outcome = { amount, failure: failed('INSUFFICIENT_FUNDS'), notifyResult: 'PROCESS_FAIL' } as const;
    return { kind: 'decline', payment: moved(payment, 'declined', now, outcome) };
  }
  const outcome = { amount, accountId: account.id, debitedAt: now, notifyResult: 'SUCCESS' } as const;
  return { kind: 'debit', payment: moved(payment, 'debited', now, outcome), from: account.id };
}

/** With an outside core: it alone knows what the account has. Asking for the account took its time, too. */
export function decideRequestedDebit(payment: Payment, from: AccountId, amount: Money, now: Date): ConfirmDecision {
  if (isOverdue(payment, now)) return { kind: 'expire', payment: expired(payment, now) };
  const outcome = { amount, accountId: from, debitRequestedAt: now };
  return { kind: 'ask', payment: moved(payment, 'debitRequested', now, outcome), from };
}

/** Its time is over. The very last moment is still in time. Source: R16. */
export function isOverdue({ expiresAt }: Payment, now: Date): boolean {
  return expiresAt !== null && now.getTime() > expiresAt.getTime();
}

/** By itself it tells the PS nothing; going back after it will (R14). */
export function expired(payment: Payment, now: Date): Payment {
  return moved(payment, 'expired', now, { failure: failed('CONFIRMED_TOO_LATE') });
}

/** What the customer entered for a Static QR; null for the types whose amount the PS names. Source: R3. */
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
