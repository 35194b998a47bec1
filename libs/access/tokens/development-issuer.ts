import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey, SignJWT } from 'jose';
import type { Caller } from '../domain/caller.js';
import { DevelopmentKeyEntity } from '../persistence/development-key.entity.js';

export const DEVELOPMENT_ISSUER = 'mpp-development';
export const DEVELOPMENT_AUDIENCE = 'mpp-server';
/** The actor of a development token without a name. */
export const DEVELOPMENT_NAME = 'developer';

const KEY_ID = 'development';
const ALGORITHM = 'ES256';
const LIFETIME_MS = 7 * 24 * 3_600_000;

/** True without AUTH_JWKS_URI, except in production. */
export function hasDevelopmentIssuer(settings: Settings): boolean {
  return settings.AUTH_JWKS_URI === undefined && settings.NODE_ENV !== 'production';
}

/**
 * Signs tokens for a developer's first run, if AUTH_JWKS_URI is not set. The settings refuse that in production. The key is
 * stored in the database, so that every process accepts the tokens of the others, also after a restart.
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
    // Created once: a key set caches the keys that it has imported.
    this.keySet ??= createLocalJWKSet({ keys: [publicKey] });
    return this.keySet(header, token);
  };

  private signingKey(): Promise<JWK> {
    if (!this.available) throw new Error('the development issuer is not available');
    this.key ??= this.loadKey().catch((error: unknown) => {
      this.key = null;
      throw error;
    });
    return this.key;
  }

  /** The first process creates the key; all processes read the same one. */
  private async loadKey(): Promise<JWK> {
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const newKey = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: ALGORITHM };
    const { manager } = this.database;
    const insert = manager.createQueryBuilder().insert().into(DevelopmentKeyEntity);
    await insert
      .values({ id: 1, privateJwk: () => ':newKey' })
      .setParameter('newKey', newKey)
      .orIgnore()
      .execute();
    return (await manager.findOneByOrFail(DevelopmentKeyEntity, { id: 1 })).privateJwk;
  }
}
