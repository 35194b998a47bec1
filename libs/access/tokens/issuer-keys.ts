import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** The keys are read again after so much time, so that a withdrawn key ends. */
const MAX_AGE_MS = 600_000;
/** An unknown `kid` has them read again, but not sooner than after so much time. */
const COOLDOWN_MS = 10_000;

/** The token cannot be checked: its bearer receives 503, not 401. */
export class KeysUnavailable extends Error {}

/**
 * The issuer's keys. Their age is counted by the monotonic clock: by a clock that was set ahead and back they would stay for a day.
 * Throws KeysUnavailable if the key server times out, is unreachable or returns no key set.
 */
export function issuerKeys(url: URL, monotonicMs: () => number): JWTVerifyGetKey {
  // Unless it is told to, it reads them only the first time.
  const keys = createRemoteJWKSet(url, { timeoutDuration: 3000, cooldownDuration: Infinity, cacheMaxAge: Infinity });
  let readAtMs: number | null = null;
  const reload = async () => {
    await keys.reload();
    readAtMs = monotonicMs();
  };
  const areOlderThan = (ageMs: number) => readAtMs === null || monotonicMs() - readAtMs >= ageMs;
  return async (header, token) => {
    try {
      if (areOlderThan(MAX_AGE_MS)) await reload();
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
