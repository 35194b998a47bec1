import { Settings } from '@mpp/config';
import { Clock, DomainError } from '@mpp/kernel';
import { ClockCheck } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, callerOf } from '../domain/caller.js';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer } from './development-issuer.js';
import { issuerKeys, KeysUnavailable } from './issuer-keys.js';
import { ALGORITHMS } from './usable-keys.js';

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
    private readonly clocks: ClockCheck,
  ) {
    this.issuer = settings.AUTH_ISSUER ?? DEVELOPMENT_ISSUER;
    this.audience = settings.AUTH_AUDIENCE ?? DEVELOPMENT_AUDIENCE;
    this.keys =
      settings.AUTH_JWKS_URI === undefined
        ? (header, token) => development.verificationKey(header, token)
        : issuerKeys(new URL(settings.AUTH_JWKS_URI), () => clock.monotonicMs());
  }

  /**
   * Throws UNAUTHENTICATED for a token that is missing or wrong in any way, and SERVICE_UNAVAILABLE if the keys cannot be read or
   * only the clock of this process, which is wrong, has ended the token.
   */
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
    if (isAboutTime(error) && !this.clocks.agrees()) return new DomainError('SERVICE_UNAVAILABLE');
    if (error instanceof errors.JOSEError || error instanceof TypeError) return new DomainError('UNAUTHENTICATED');
    return error;
  }
}

/** The token is valid at another time. */
function isAboutTime(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
  );
}
