import { type AccountId, addMilliseconds, DomainError, type Money } from '@mpp/kernel';
import { moved, type Payment } from './payment.js';

export interface ConfirmRequest {
  readonly accountId: AccountId | null;
  /** Static only. */
  readonly amount: Money | null;
  /** What the customer saw, where the app says so. */
  readonly expectedAmount: Money | null;
}

/** All that deciding needs, as one read found it. */
export interface ConfirmFacts {
  readonly payment: Payment;
  /** The account that was asked for, else the customer's first; null where it is not theirs or not usable. */
  readonly account: { readonly id: AccountId; readonly balance: Money } | null;
  /** Somebody else's payment of the same purchase was debited (R33). */
  readonly paidByAnother: boolean;
}

export interface ConfirmRules {
  readonly marginMs: number;
  readonly ttlMs: number;
}

export type ConfirmDecision =
  /** It has been decided before: show it as it is. */
  | { readonly kind: 'already-decided' }
  /** Too late: nothing is debited. */
  | { readonly kind: 'expire'; readonly payment: Payment }
  /** Not enough money: the PS is told PROCESS_FAIL (R15). */
  | { readonly kind: 'decline'; readonly payment: Payment }
  /** Debit the account and tell the PS SUCCESS. */
  | { readonly kind: 'debit'; readonly payment: Payment; readonly from: AccountId };

/**
 * What a confirm does, decided from one read; nothing has changed yet. Throws what the caller is to be told:
 * AMOUNT_INVALID, ALREADY_PAID, AMOUNT_CHANGED, ACCOUNT_UNUSABLE. Source: contract (confirm), R16, R33.
 */
export function decideConfirm(
  facts: ConfirmFacts,
  request: ConfirmRequest,
  rules: ConfirmRules,
  now: Date,
): ConfirmDecision {
  const { payment, account } = facts;
  if (payment.status !== 'AWAITING_CONFIRMATION') return { kind: 'already-decided' };
  if (payment.qrCodeType === 'Dynamic' && request.amount !== null) refuseAmount();
  if (now.getTime() > lastMoment(payment, rules).getTime()) {
    return { kind: 'expire', payment: moved(payment, 'expired', now, { failure: failure('CONFIRMED_TOO_LATE') }) };
  }
  if (facts.paidByAnother) throw new DomainError('ALREADY_PAID');
  const amount = amountOf(payment);
  if (request.expectedAmount !== null && !request.expectedAmount.equals(amount))
    throw new DomainError('AMOUNT_CHANGED');
  if (account === null) throw new DomainError('ACCOUNT_UNUSABLE');
  if (amount.isMoreThan(account.balance)) {
    const outcome = { failure: failure('INSUFFICIENT_FUNDS'), notifyResult: 'PROCESS_FAIL' } as const;
    return { kind: 'decline', payment: moved(payment, 'declined', now, outcome) };
  }
  const outcome = { accountId: account.id, debitedAt: now, notifyResult: 'SUCCESS' } as const;
  return { kind: 'debit', payment: moved(payment, 'debited', now, outcome), from: account.id };
}

/** The last moment at which a confirm is taken: early enough for the notify to leave in time. Source: R16. */
function lastMoment(payment: Payment, { marginMs, ttlMs }: ConfirmRules): Date {
  return payment.confirmUntil === null
    ? addMilliseconds(payment.answeredAt, ttlMs)
    : addMilliseconds(payment.confirmUntil, -marginMs);
}

function amountOf(payment: Payment): Money {
  if (payment.amount === null) throw new Error(`payment ${payment.id} awaits confirmation without an amount`);
  return payment.amount;
}

function failure(code: 'CONFIRMED_TOO_LATE' | 'INSUFFICIENT_FUNDS') {
  return { code, kaspiResultCode: null };
}

function refuseAmount(): never {
  throw new DomainError('AMOUNT_INVALID', {
    detail: { ru: 'Для этого QR-кода сумма не указывается.', kk: 'Бұл QR-код үшін сома көрсетілмейді.' },
  });
}
