import type { AccountId, CustomerId, Money } from '@mpp/kernel';

/** Money that a core is asked to move. The id is ours, and the core's answer under it never changes. */
export interface Movement {
  readonly operationId: string;
  readonly customerId: CustomerId;
  readonly accountId: AccountId;
  /** The bank's own id of that account. */
  readonly coreAccount: string;
  readonly amount: Money;
  /** For the bank's books: our payment's id with a debit, Kaspi's refundId with a credit. */
  readonly reference: string;
  /** For the customer's statement. */
  readonly description: string;
}

const LONGEST_DESCRIPTION = 128;

/** What the customer reads on the bank's statement: the shop, as far as there is room for its name. */
export function describePurchase(shop: string | null): string {
  const text = shop === null ? 'Kaspi QR' : `Kaspi QR: ${shop}`;
  return [...text.toWellFormed().replace(/\p{Cc}+/gu, ' ')].slice(0, LONGEST_DESCRIPTION).join('');
}

/** Gives a debit back, whether or not the core has seen it: afterwards it refuses it. */
export interface Reversal extends Movement {
  readonly debitId: string;
}

export const OPERATION_KINDS = ['DEBIT', 'CREDIT', 'REVERSAL'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/**
 * REQUESTED: it may have been carried out or not, and is asked for until that is known. ABANDONED: nobody asks any more, because
 * its reversal is asked for instead.
 */
export const OPERATION_STATES = ['REQUESTED', 'DONE', 'REFUSED', 'ABANDONED'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** An operation on record, for operators. */
export interface CoreOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly accountId: AccountId;
  readonly coreAccount: string;
  readonly amount: Money;
  readonly reason: string | null;
  readonly coreReference: string | null;
  readonly requestedAt: Date;
  readonly answeredAt: Date | null;
  /** Of a reversal: by when the customer is to have it. */
  readonly dueAt: Date | null;
}

/** What came of asking a core. Source: R9, in a bank's words. */
export type CoreAnswer =
  | { readonly kind: 'done'; readonly coreReference: string | null }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may have happened or not; `sent` is false where the core cannot have seen it. */
  | { readonly kind: 'unknown'; readonly sent: boolean; readonly reason: string };

/** What an inquiry brings besides. */
export type CoreOutcome = CoreAnswer | { readonly kind: 'never-seen' };
