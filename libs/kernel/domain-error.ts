import type { LocalisedText } from './locale.js';

/**
 * The error codes of the API. They are stable: apps depend on them. libs/platform/http/problems.ts maps each code to an HTTP status
 * and texts; a code without an entry there does not compile.
 */
export const ERROR_CODES = [
  'VALIDATION_FAILED',
  'UNSUPPORTED_MEDIA_TYPE',
  'PAYLOAD_TOO_LARGE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'STATE_CONFLICT',
  'CHECKOUT_REQUIRED',
  'FORM_INVALID',
  'FORM_FROZEN',
  'ALREADY_PAID',
  'PURCHASE_CLOSED',
  'AMOUNT_INVALID',
  'AMOUNT_NOT_WHOLE',
  'AMOUNT_CHANGED',
  'ACCOUNT_UNUSABLE',
  'ACCOUNT_NOT_EMPTY',
  'REFERENCE_REUSED',
  'LIMIT_EXCEEDED',
  'QR_UNKNOWN',
  'KASPI_REFUSED',
  'KASPI_NO_ANSWER',
  'KASPI_UNAVAILABLE',
  'CORE_UNAVAILABLE',
  'RECOVERY',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
  'STORAGE_FULL',
  'INTERNAL_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The content of the answer besides the code's text. */
export interface ErrorFacts {
  /** Replaces the code's general text. */
  readonly detail?: LocalisedText;
  /** The PS's result code, if the PS refused. */
  readonly kaspiResultCode?: string;
  /** The invalid fields, for VALIDATION_FAILED and FORM_INVALID. */
  readonly errors?: readonly { readonly field: string; readonly message: LocalisedText }[];
}

/** An error with a stable code for the caller. A refusal that must be stored is a status, not an error. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
  ) {
    super(facts.kaspiResultCode === undefined ? code : `${code} (${facts.kaspiResultCode})`);
  }
}
