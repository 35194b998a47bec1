export interface Backoff {
  /** The first repeat comes within this time. */
  readonly baseMs: number;
  /** No pause is longer. */
  readonly maxMs: number;
}

/**
 * How long to wait after this many attempts: soon at first, then exponentially longer, capped, with full jitter, so
 * that what failed together does not come back together. There is no last attempt. Source: R10.
 */
export function pauseAfter(attempts: number, { baseMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempts - 1, 40));
  return Math.ceil(random() * ceiling);
}
