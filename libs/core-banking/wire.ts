/**
 * The wire format between the server and a bank's core, as in docs/core-banking.md and its OpenAPI document. Amounts are
 * strings with two decimals, times ISO 8601 UTC. Every operation has an id of ours, also as the header Idempotency-Key. A
 * repeated request with the same id and content gets the same answer and is not executed again.
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

/** The maximum length of each text in characters, in both directions. */
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
  /** The core's id, for example an IBAN. */
  readonly id: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** The available balance, with a minus sign if it is negative. */
  readonly balance: string;
  readonly status: CoreAccountStatus;
  /** Debited if the customer names no account; true for at most one. */
  readonly preferred?: boolean;
}

/** `POST /v1/debits` and `POST /v1/credits`. */
export interface CoreMovementRequest {
  readonly operationId: string;
  readonly customerId: string;
  readonly accountId: string;
  readonly amount: string;
  readonly currency: typeof CORE_CURRENCY;
  readonly purpose: 'QR_PAYMENT' | 'QR_REFUND';
  /** Our payment's id for a debit, Kaspi's refundId for a credit. */
  readonly reference: string;
  /** For the customer's statement. */
  readonly description: string;
}

/**
 * `POST /v1/reversals`: gives a debit back once, however many reversals of it are requested and to whichever accounts, also to a
 * blocked account. `accountId` is the account to put the money on: the debited one, or after a refusal another one of the
 * customer, under another `operationId`. For a debit that the core never received or refused, nothing is given back, the
 * reversal is DONE, and the core refuses that debit from then on. A refused debit or credit stays refused. A refused reversal
 * can be repeated under the same id, and is DONE once the core can execute it, for example when the account is open again.
 */
export interface CoreReversalRequest extends Omit<CoreMovementRequest, 'purpose'> {
  readonly debitId: string;
  readonly purpose: 'QR_PAYMENT_REVERSAL';
}

/** The reasons of a refusal. */
export const CORE_REASONS = [
  'INSUFFICIENT_FUNDS',
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_BLOCKED',
  'ACCOUNT_CLOSED',
  'CURRENCY_MISMATCH',
  'LIMIT_EXCEEDED',
  /** A debit that arrived after its reversal. */
  'REVERSED_BEFORE',
  'OTHER',
] as const;
export type CoreReason = (typeof CORE_REASONS)[number];

/**
 * The answer of every operation, HTTP 200, and of `GET /v1/operations/{operationId}`; there also 404 with NEVER_SEEN.
 * A body without `outcome` is not an answer: the operation is repeated.
 */
export type CoreOperationAnswer =
  | {
      readonly operationId: string;
      readonly outcome: 'DONE';
      readonly coreReference?: string;
      /** Of a reversal: the account that has the money; another one than requested if an earlier reversal put it there. */
      readonly accountId?: string;
    }
  | {
      readonly operationId: string;
      readonly outcome: 'REFUSED';
      readonly reason: CoreReason;
      readonly message?: string;
    }
  | { readonly operationId: string; readonly outcome: 'NEVER_SEEN' };
