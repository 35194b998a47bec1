/**
 * What the server and a bank's core say to each other: the wire format of docs/core-banking.md and its OpenAPI document.
 * Amounts are strings with two decimals, times ISO 8601 UTC. Every operation carries an id of ours, also as the header
 * Idempotency-Key; asked again under it, with the same content, the core answers what it answered, and does nothing twice.
 */

/** Below CORE_BANKING_URL. */
export const CORE_PATHS = {
  accounts: (customerId: string) => `/v1/customers/${encodeURIComponent(customerId)}/accounts`,
  debits: '/v1/debits',
  credits: '/v1/credits',
  reversals: '/v1/reversals',
  operation: (operationId: string) => `/v1/operations/${encodeURIComponent(operationId)}`,
} as const;

export const IDEMPOTENCY_KEY = 'idempotency-key';

export const CORE_CURRENCY = 'KZT';

/** The most characters of each text, both ways. */
export const CORE_LENGTHS = {
  operationId: 64,
  customerId: 12,
  accountId: 64,
  reference: 64,
  description: 256,
  accountName: 128,
  coreReference: 64,
  message: 256,
} as const;

export const CORE_ACCOUNT_STATUSES = ['OPEN', 'BLOCKED', 'CLOSED'] as const;
export type CoreAccountStatus = (typeof CORE_ACCOUNT_STATUSES)[number];

/** `GET /v1/customers/{customerId}/accounts` → 200, or 404 for a customer that the core does not know. */
export interface CoreAccountsAnswer {
  readonly accounts: readonly CoreAccountItem[];
}

export interface CoreAccountItem {
  /** The core's own id, an IBAN for one. */
  readonly id: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** What the customer can spend; a sign where it is below nothing. */
  readonly balance: string;
  readonly status: CoreAccountStatus;
  /** Paid from where the customer names none; at most one. */
  readonly preferred?: boolean;
}

/** `POST /v1/debits` and `POST /v1/credits`. */
export interface CoreMovementRequest {
  readonly operationId: string;
  readonly customerId: string;
  readonly accountId: string;
  readonly amount: string;
  readonly currency: typeof CORE_CURRENCY;
  /** What it is for: our payment's id with a debit, Kaspi's refundId with a credit. */
  readonly purpose: 'QR_PAYMENT' | 'QR_REFUND';
  readonly reference: string;
  /** For the customer's statement. */
  readonly description: string;
}

/**
 * `POST /v1/reversals`: gives a debit back, once, whichever and however many reversals ask for it, onto a blocked account too.
 * Of a debit that the core has never seen, or has refused, nothing is given back, and it is DONE all the same: from then on
 * the core refuses that debit, however late it arrives. A refused debit or credit stays refused; a refused reversal may be
 * asked for again under the same id, and is DONE once the core can do it (the account was closed, and is open again).
 */
export interface CoreReversalRequest extends Omit<CoreMovementRequest, 'purpose'> {
  readonly debitId: string;
  readonly purpose: 'QR_PAYMENT_REVERSAL';
}

/** Why a core says no. */
export const CORE_REASONS = [
  'INSUFFICIENT_FUNDS',
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_BLOCKED',
  'ACCOUNT_CLOSED',
  'CURRENCY_MISMATCH',
  'LIMIT_EXCEEDED',
  /** A debit that came after its reversal. */
  'REVERSED_BEFORE',
  'OTHER',
] as const;
export type CoreReason = (typeof CORE_REASONS)[number];

/**
 * The answer of every operation, HTTP 200, and of `GET /v1/operations/{operationId}`; there also 404 with NEVER_SEEN.
 * Anything without an `outcome` is no answer: the operation is asked for again.
 */
export type CoreOperationAnswer =
  | { readonly operationId: string; readonly outcome: 'DONE'; readonly coreReference?: string }
  | {
      readonly operationId: string;
      readonly outcome: 'REFUSED';
      readonly reason: CoreReason;
      readonly message?: string;
    }
  | { readonly operationId: string; readonly outcome: 'NEVER_SEEN' };
