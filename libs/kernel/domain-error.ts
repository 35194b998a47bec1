import type { LocalisedText } from './locale.js';

/**
 * Everything that can be answered to a caller instead of a result. The codes are stable: apps are written against them.
 * libs/platform/http/problems.ts maps each to a status and to texts; a code without an entry there does not compile.
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
  'AMOUNT_INVALID',
  'AMOUNT_NOT_WHOLE',
  'AMOUNT_CHANGED',
  'ACCOUNT_UNUSABLE',
  'REFERENCE_REUSED',
  'LIMIT_EXCEEDED',
  'QR_UNKNOWN',
  'KASPI_REFUSED',
  'KASPI_NO_ANSWER',
  'KASPI_UNAVAILABLE',
  'CORE_UNAVAILABLE',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a caller is told beyond the code's own text. */
export interface ErrorFacts {
  /** Replaces the code's general explanation. */
  readonly detail?: LocalisedText;
  /** The PS's own code, where the PS refused. */
  readonly kaspiResultCode?: string;
  /** The fields at fault, for VALIDATION_FAILED and FORM_INVALID. */
  readonly errors?: readonly { readonly field: string; readonly message: LocalisedText }[];
}

/** A refusal with a code that programs may rely on. A refusal that must be remembered is a state, not one of these. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
  ) {
    super(facts.kaspiResultCode === undefined ? code : `${code} (${facts.kaspiResultCode})`);
  }
}
