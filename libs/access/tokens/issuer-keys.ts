import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** The keys are read again after so much time, so that a withdrawn key ends. */
const MAX_AGE_MS = 600_000;
/** While the issuer does not answer, the last keys serve for so long. */
const LONGEST_AGE_MS = 6 * 3_600_000;
/** An unknown `kid` has them read again, but not sooner than after so much time. */
const COOLDOWN_MS = 10_000;

/** The token cannot be checked: its bearer receives 503, not 401. */
export class KeysUnavailable extends Error {}

/**
 * The issuer's keys. Their age is counted by the monotonic clock: by a clock that was set ahead and back they would stay for a day.
 * Throws KeysUnavailable if the key server times out, is unreachable or returns no key set, and the last one is older than six hours.
 */
export function issuerKeys(url: URL, monotonicMs: () => number): JWTVerifyGetKey {
  // Unless it is told to, it reads them only the first time.
  const keys = createRemoteJWKSet(url, { timeoutDuration: 3000, cooldownDuration: Infinity, cacheMaxAge: Infinity });
  let readAtMs: number | null = null;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  const reload = async () => {
    triedAtMs = monotonicMs();
    await keys.reload();
    readAtMs = monotonicMs();
  };
  const areOlderThan = (ageMs: number) => readAtMs === null || monotonicMs() - readAtMs >= ageMs;
  return async (header, token) => {
    try {
      if (areOlderThan(LONGEST_AGE_MS)) await reload();
      // An issuer that is away for a while stops nobody whose key is known.
      else if (areOlderThan(MAX_AGE_MS) && monotonicMs() - triedAtMs >= COOLDOWN_MS)
        await reload().catch(() => undefined);
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !areOlderThan(COOLDOWN_MS)) throw error;
        await reload();
        return await keys(header, token);
      }
    } catch (error) {
      // These two are about the token: no key has its kid, or no key can have its algorithm.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      const { message, cause } = error as Error;
      throw new KeysUnavailable(cause instanceof Error ? `${message}: ${cause.message}` : message, { cause: error });
    }
  };
}
