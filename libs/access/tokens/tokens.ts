import { Settings } from '@mpp/config';
import { Clock, DomainError } from '@mpp/kernel';
import { Injectable, Logger } from '@nestjs/common';
import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, callerOf } from '../domain/caller.js';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer } from './development-issuer.js';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Checks bearer tokens: signature by `kid`, algorithm, issuer, audience, time. */
@Injectable()
export class Tokens {
  private readonly log = new Logger('Access');
  private readonly issuer: string;
  private readonly audience: string;
  private readonly keys: JWTVerifyGetKey;

  constructor(
    settings: Settings,
    development: DevelopmentIssuer,
    private readonly clock: Clock,
  ) {
    this.issuer = settings.AUTH_ISSUER ?? DEVELOPMENT_ISSUER;
    this.audience = settings.AUTH_AUDIENCE ?? DEVELOPMENT_AUDIENCE;
    this.keys =
      settings.AUTH_JWKS_URI === undefined
        ? (header, token) => development.verificationKey(header, token)
        : keysOf(new URL(settings.AUTH_JWKS_URI));
  }

  /** Throws UNAUTHENTICATED for a token that is missing or wrong in any way, and SERVICE_UNAVAILABLE if the keys cannot be read. */
  async readCaller(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new DomainError('UNAUTHENTICATED');
    try {
      // Without a kid a set of one key would match any token.
      if (decodeProtectedHeader(token).kid === undefined) throw new DomainError('UNAUTHENTICATED');
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ALGORITHMS,
        issuer: this.issuer,
        audience: this.audience,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: this.clock.now(),
      });
      return callerOf(payload);
    } catch (error) {
      throw this.refusal(error);
    }
  }

  private refusal(error: unknown): unknown {
    if (error instanceof DomainError) return error;
    if (error instanceof KeysUnavailable) {
      this.log.error(`the signing keys cannot be read: ${error.message}`);
      return new DomainError('SERVICE_UNAVAILABLE');
    }
    if (error instanceof errors.JOSEError || error instanceof TypeError) return new DomainError('UNAUTHENTICATED');
    return error;
  }
}

/** The token cannot be checked: its bearer receives 503, not 401. */
class KeysUnavailable extends Error {}

/** The issuer's keys. Throws KeysUnavailable if the key server times out, is unreachable or returns no key set. */
function keysOf(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, { timeoutDuration: 3000, cooldownDuration: 10_000 });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // These two are about the token: no key has its kid, or no key can have its algorithm.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      const { message, cause } = error as Error;
      throw new KeysUnavailable(cause instanceof Error ? `${message}: ${cause.message}` : message, { cause: error });
    }
  };
}
