/** The pauses between the attempts of notifyPayment, as settings. */
interface NotifyPauses {
  readonly NOTIFY_RETRY_BASE_MS: number;
  readonly NOTIFY_RETRY_MAX_MS: number;
}

/**
 * A notify is repeated with exponential pauses and full jitter, bounded by these. A SUCCESS notify of a debited payment and a
 * notify without any answer are repeated without end (R10); the exceptions are below.
 */
export function notifyBackoff(pauses: NotifyPauses): { readonly baseMs: number; readonly maxMs: number } {
  return { baseMs: pauses.NOTIFY_RETRY_BASE_MS, maxMs: pauses.NOTIFY_RETRY_MAX_MS };
}

/** A closing notify (CANCELLED_BY_CLIENT, PROCESS_FAIL, RISK_REJECT) ends with this attempt if the PS answers only unlisted codes or UNKNOWN_EXCEPTION (R35). */
export const LAST_UNCLEAR_CLOSING_ATTEMPT = 5;

/** The notify of a payment that was confirmed otherwise ends with this attempt if the PS answers without a clear result: only its receipt is missing (R19). */
export const LAST_RECEIPT_ATTEMPT = 100;
