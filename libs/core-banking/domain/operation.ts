import type { AccountId, CustomerId, Money } from '@mpp/kernel';

/** A debit or credit that is requested from a core. The id is ours, and the core's answer to it never changes. */
export interface Movement {
  readonly operationId: string;
  readonly customerId: CustomerId;
  readonly accountId: AccountId;
  /** The bank's id of that account. */
  readonly coreAccount: string;
  readonly amount: Money;
  /** For the bank's books: our payment's id for a debit, Kaspi's refundId for a credit. */
  readonly reference: string;
  /** For the customer's statement. */
  readonly description: string;
}

const MAX_DESCRIPTION_CHARACTERS = 128;

/** The text on the customer's statement: the merchant, its name cut off at 128 characters in all. */
export function describePurchase(merchant: string | null): string {
  const text = merchant === null ? 'Kaspi QR' : `Kaspi QR: ${merchant}`;
  return [...text.toWellFormed().replace(/\p{Cc}+/gu, ' ')].slice(0, MAX_DESCRIPTION_CHARACTERS).join('');
}

/**
 * Gives a debit back, to its account or, after a refusal, to another account of the customer. A core gives a debit back once,
 * however many reversals of it are requested, and one that has not received the debit refuses it from then on.
 */
export interface Reversal extends Movement {
  readonly debitId: string;
}

/** Puts money on a customer's account: a reversal if it gives a debit back, else a credit. */
export interface CreditOrder extends Movement {
  readonly debitId: string | null;
}

export const OPERATION_KINDS = ['DEBIT', 'CREDIT', 'REVERSAL'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/**
 * REQUESTED: it may have been executed or not, and is repeated until its outcome is known. ABANDONED: it is not repeated any
 * more, because its reversal is requested.
 */
export const OPERATION_STATES = ['REQUESTED', 'DONE', 'REFUSED', 'ABANDONED'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** A recorded operation, for operators. */
export interface CoreOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly customerId: CustomerId;
  readonly accountId: AccountId;
  readonly coreAccount: string;
  readonly amount: Money;
  readonly reference: string;
  readonly reason: string | null;
  readonly coreReference: string | null;
  readonly requestedAt: Date;
  readonly answeredAt: Date | null;
  /** Of a reversal: when the customer must have the money. */
  readonly dueAt: Date | null;
}

/** The outcome of a request to a core. Source: R9, applied to a bank. */
export type CoreAnswer =
  | {
      readonly kind: 'done';
      readonly coreReference: string | null;
      /** Of a reversal: the bank's id of the account that has the money; absent if the core does not tell. */
      readonly coreAccount?: string;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may have been executed or not; `sent` is false if the core cannot have received it. */
  | { readonly kind: 'unknown'; readonly sent: boolean; readonly reason: string };

/** The outcome of an inquiry. */
export type CoreOutcome = CoreAnswer | { readonly kind: 'never-seen' };

/** An operation with its final outcome, to be recorded. */
export interface AnsweredOperation {
  readonly operationId: string;
  readonly answer: Exclude<CoreAnswer, { kind: 'unknown' }> | { readonly kind: 'abandoned' };
}
