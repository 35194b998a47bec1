import { DomainError, Money } from '@mpp/kernel';
import { priced } from '../../libs/qr-payments/domain/checkout.js';
import {
  type ConfirmFacts,
  type ConfirmRequest,
  decideConfirm,
  decideOwnDebit,
} from '../../libs/qr-payments/domain/confirm.js';
import type { Payment } from '../../libs/qr-payments/domain/payment.js';
import type { PurchaseState } from '../../libs/qr-payments/domain/status-sets.js';
import { ACCOUNT, DEADLINE, MERCHANT, PRICE, RULES, SCANNED_AT, scanned } from './payments.js';

export const NOW = new Date('2026-03-10T06:01:00Z');
export const NOTHING: ConfirmRequest = { account: null, amount: null, expectedAmount: null };
export const tenge = (text: string) => Money.parse(text);
export const DYNAMIC = scanned('Dynamic');
export const STATIC = scanned('Static');
export const CUSTOM = scanned('Custom');
export const PRICED = priced(CUSTOM, { amount: PRICE, confirmUntil: DEADLINE, merchant: MERCHANT }, RULES, SCANNED_AT);

export interface Case {
  readonly payment?: Payment;
  readonly amount?: string;
  readonly expectedAmount?: string;
  readonly balance?: string | null;
  readonly purchase?: PurchaseState;
  readonly maxAmount?: string;
  readonly now?: Date;
}

export function confirm(given: Case = {}) {
  const { payment = DYNAMIC, balance = '1000.00', purchase = 'open', now = NOW } = given;
  const money = (text: string | undefined) => (text === undefined ? null : tenge(text));
  const facts: ConfirmFacts = {
    payment,
    account: balance === null ? null : { id: ACCOUNT, balance: tenge(balance) },
    purchase,
  };

  const request = { ...NOTHING, amount: money(given.amount), expectedAmount: money(given.expectedAmount) };
  const next = decideConfirm(facts, request, money(given.maxAmount), now);
  return next.kind === 'to-be-debited' ? decideOwnDebit(facts, next.amount, now) : next;
}

/** The error's code, or the kind of the decision. */
export function outcome(given: Case): string {
  try {
    return confirm(given).kind;
  } catch (error) {
    return (error as DomainError).code;
  }
}
