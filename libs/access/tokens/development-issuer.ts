import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey, SignJWT } from 'jose';
import type { Caller } from '../domain/caller.js';
import { DevelopmentKeyEntity } from '../persistence/development-key.entity.js';

export const DEVELOPMENT_ISSUER = 'mpp-development';
export const DEVELOPMENT_AUDIENCE = 'mpp-server';
/** Who does what a developer does, unless they say otherwise. */
export const DEVELOPMENT_NAME = 'developer';

const KEY_ID = 'development';
const ALGORITHM = 'ES256';
const LIFETIME_MS = 7 * 24 * 3_600_000;

/** Only where tokens come from nowhere else, and never in production. */
export function hasDevelopmentIssuer(settings: Settings): boolean {
  return settings.AUTH_JWKS_URI === undefined && settings.NODE_ENV !== 'production';
}

/**
 * Signs tokens for a developer's first run, where no AUTH_JWKS_URI is set. The settings refuse that in production, and
 * with AUTH_JWKS_URI nothing of this is reachable. Its key lies in the database, so that every process on it accepts
 * the tokens of every other, over restarts too.
 */
@Injectable()
export class DevelopmentIssuer {
  private key: Promise<JWK> | null = null;
  private keySet: JWTVerifyGetKey | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  get available(): boolean {
    return hasDevelopmentIssuer(this.settings);
  }

  async issue({ name, customerId, roles }: Caller): Promise<string> {
    const claims = { ...(customerId !== null && { customer_id: customerId }), ...(roles.length > 0 && { roles }) };
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
      .setIssuer(this.settings.AUTH_ISSUER ?? DEVELOPMENT_ISSUER)
      .setSubject(name)
      .setAudience(this.settings.AUTH_AUDIENCE ?? DEVELOPMENT_AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(new Date(now * 1000 + LIFETIME_MS))
      .sign(await this.signingKey());
  }

  readonly verificationKey: JWTVerifyGetKey = async (header, token) => {
    const { d: _, ...publicKey } = await this.signingKey();
    // Made once: a set remembers the keys that it has imported.
    this.keySet ??= createLocalJWKSet({ keys: [publicKey] });
    return this.keySet(header, token);
  };

  private signingKey(): Promise<JWK> {
    if (!this.available) throw new Error('there is no development issuer here');
    this.key ??= this.load().catch((error: unknown) => {
      this.key = null;
      throw error;
    });
    return this.key;
  }

  /** Whichever process is first makes the key; all read the same. */
  private async load(): Promise<JWK> {
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const made = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: ALGORITHM };
    const { manager } = this.database;
    const insert = manager.createQueryBuilder().insert().into(DevelopmentKeyEntity);
    await insert
      .values({ id: 1, privateJwk: () => ':made' })
      .setParameter('made', made)
      .orIgnore()
      .execute();
    return (await manager.findOneByOrFail(DevelopmentKeyEntity, { id: 1 })).privateJwk;
  }
}
