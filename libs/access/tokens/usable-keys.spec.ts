import { describe, expect, it } from '@jest/globals';
import { issuerKey } from '../../../test/support/jwks-server.js';
import { countUsableKeys } from './usable-keys.js';

describe('the keys of an issuer that can check tokens', () => {
  const count = (...keys: object[]) => countUsableKeys(JSON.stringify({ keys }));

  it('are those of RS256, ES256 and EdDSA with a kid', async () => {
    const [rsa, ec, ed] = await Promise.all(['RS256', 'ES256', 'EdDSA'].map((alg) => issuerKey(alg, `${alg}-1`)));
    expect(await count(rsa?.jwk ?? {}, { ...ec?.jwk, alg: 'ES256', use: 'sig' }, ed?.jwk ?? {})).toBe(3);
  });

  it('are not those of other algorithms or uses, without a kid, or that cannot be read', async () => {
    const { jwk } = await issuerKey('ES256', 'ec-1');
    const { kid: _, ...nameless } = jwk;
    const other = (await issuerKey('ES384', 'ec-2')).jwk;
    const wrong = [nameless, other, { ...jwk, use: 'enc' }, { ...jwk, alg: 'ES384' }, { ...jwk, x: 'AAAA' }, {}];
    expect(await count(...wrong)).toBe(0);
  });

  it.each(['', 'no JSON', '{}', '{"keys":{}}', 'null', '[]'])(
    'are none in a text that is no key set: %j',
    async (text) => {
      expect(await countUsableKeys(text)).toBe(0);
    },
  );
});
