const SEND_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Whether an HTTP status leaves the outcome of a call to the PS or to a core UNKNOWN, whatever the body: the call must be repeated.
 * Source: R9.
 */
export function isUnknownOutcome(httpStatus: number): boolean {
  return httpStatus >= 500 || SEND_AGAIN.has(httpStatus);
}
