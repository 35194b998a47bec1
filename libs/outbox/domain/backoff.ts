export interface Backoff {
  /** The first repeat comes within this time. */
  readonly baseMs: number;
  /** No pause is longer. */
  readonly maxMs: number;
}

/**
 * The pause after this number of attempts: exponential, capped, with full jitter, so that messages that failed together are
 * not repeated together. Attempts are not limited. Source: R10.
 */
export function pauseAfter(attempts: number, { baseMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempts - 1, 40));
  return Math.ceil(random() * ceiling);
}
