import { describe, expect, it } from '@jest/globals';
import { exportSPKI, SignJWT } from 'jose';
import { ALIA, AUDIENCE, expectProblem, issuerFixture } from '../../../test/support/issuer-fixture.js';
import { issuerKey, JwksServer } from '../../../test/support/jwks-server.js';

describe('with the bank’s own issuer', () => {
  const { fixture, accounts, token, claims, seconds, clock } = issuerFixture();

  describe('a customer’s token', () => {
    it.each([
      ['RS256', () => fixture.rsa],
      ['ES256', () => fixture.ec],
      ['EdDSA', () => fixture.ed],
    ])('signed with %s is accepted', async (_, key) => {
      const answer = await accounts(`Bearer ${await token({}, key())}`);
      expect(answer).toMatchObject({ status: 200, body: { items: [] } });
    });

    it('is accepted with several audiences, and with the scheme in lower case', async () => {
      expect((await accounts(`bearer ${await token({ aud: ['other', AUDIENCE] })}`)).status).toBe(200);
    });

    it.each(['7', 'Ж', ALIA, 'ä'.repeat(12), 'client:7@kz'])('for the customer %j is accepted', async (customer_id) => {
      expect((await accounts(`Bearer ${await token({ customer_id })}`)).status).toBe(200);
    });

    it('lists only the accounts of its customer', async () => {
      const admin = await token({ customer_id: undefined, roles: ['admin'] });
      const open = { token: admin, body: { customerId: 'own-1', name: 'Счёт' } };
      const { body } = await fixture.server.mpp.call('POST', '/ops/v1/accounts', open);
      const listOf = async (customer_id: string) => (await accounts(`Bearer ${await token({ customer_id })}`)).body;
      expect(await listOf('own-1')).toEqual({ items: [{ ...body, coreAccountId: null, preferred: true }] });
      expect(await listOf('own-2')).toEqual({ items: [] });
    });
  });

  describe('401 is answered', () => {
    it.each([
      ['a request without authorization', null],
      ['an empty authorization', ''],
      ['a scheme without a token', 'Bearer'],
      ['another scheme', 'Basic YWxpYTpzZWNyZXQ='],
      ['garbage', 'Bearer garbage'],
      ['garbage in three parts', 'Bearer a.b.c'],
      ['a header that is not JSON', `Bearer ${btoa('{"alg"')}.e30.c2ln`.replaceAll('=', '')],
    ])('to %s', async (_, authorization) => {
      expectProblem(await accounts(authorization), 401);
    });

    it('to a token without its scheme, or with text after it', async () => {
      expectProblem(await accounts(await token()), 401);
      expectProblem(await accounts(`Bearer ${await token()} x`), 401);
      expectProblem(await accounts(`Bearer ${await token()}.x.y`), 401);
    });

    it('to a forged signature, and to a changed claim', async () => {
      const [header, payload, signature = ''] = (await token()).split('.');
      const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
      expectProblem(await accounts(`Bearer ${header}.${payload}.${other}`), 401);
      const changed = Buffer.from(JSON.stringify(claims({ customer_id: 'victim' }))).toString('base64url');
      expectProblem(await accounts(`Bearer ${header}.${changed}.${signature}`), 401);
    });

    it.each(['RS256', 'ES256', 'EdDSA'])('to a token signed with another %s key under a known kid', async (alg) => {
      const kid = { RS256: fixture.rsa.kid, ES256: fixture.ec.kid, EdDSA: fixture.ed.kid }[alg] ?? '';
      expectProblem(await accounts(`Bearer ${await token({}, await issuerKey(alg, kid))}`), 401);
    });

    it('to a token without a kid, with an unknown kid, and with the kid of a key of another type', async () => {
      expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: undefined })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: '' })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: 'ec-2' })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: fixture.rsa.kid })}`), 401);
    });

    it('to a token that contains its own key, or an address of a key', async () => {
      const mine = await issuerKey('ES256', 'mine');
      const elsewhere = new JwksServer();
      elsewhere.keys = [mine];
      await elsewhere.open();
      expectProblem(await accounts(`Bearer ${await token({}, mine, { jwk: mine.jwk })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, mine, { jku: elsewhere.url })}`), 401);
      expect(elsewhere.requestCount).toBe(0);
      await elsewhere.close();
    });

    it('to a token with the algorithm none, with and without a signature', async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const alg of ['none', 'NONE', 'None'])
        for (const signature of ['', 'c2ln'])
          expectProblem(
            await accounts(`Bearer ${part({ alg, kid: fixture.ec.kid })}.${part(claims())}.${signature}`),
            401,
          );
    });

    it('to a token signed by HS256 with the public key as the secret', async () => {
      for (const key of [fixture.rsa, fixture.ec]) {
        for (const secret of [await exportSPKI(key.publicKey), JSON.stringify(key.jwk)]) {
          const forged = await new SignJWT(claims())
            .setProtectedHeader({ alg: 'HS256', kid: key.kid })
            .sign(Buffer.from(secret));
          expectProblem(await accounts(`Bearer ${forged}`), 401);
        }
      }
    });

    it('to a token signed by an algorithm that is not in the contract, even with a known key', async () => {
      const pss = await crypto.subtle.importKey(
        'pkcs8',
        await crypto.subtle.exportKey('pkcs8', fixture.rsa.privateKey),
        { name: 'RSA-PSS', hash: 'SHA-256' },
        false,
        ['sign'],
      );
      expectProblem(
        await accounts(`Bearer ${await token({}, { ...fixture.rsa, alg: 'PS256', privateKey: pss })}`),
        401,
      );
    });

    it('to a token with an unknown critical header (crit)', async () => {
      const bound = await new SignJWT(claims())
        .setProtectedHeader({ alg: fixture.ec.alg, kid: fixture.ec.kid, crit: ['bound'], bound: true })
        .sign(fixture.ec.privateKey, { crit: { bound: true } });
      expectProblem(await accounts(`Bearer ${bound}`), 401);
    });

    it.each([
      ['has no expiry', { exp: undefined }],
      ['has an expiry that is not a time', { exp: 'tomorrow' }],
      ['has expired', { exp: seconds(-6) }],
      ['is not valid yet', { nbf: seconds(6) }],
      ['comes from another issuer', { iss: 'https://id.bank.kz.evil.com' }],
      ['comes from no issuer', { iss: undefined }],
      ['is meant for another service', { aud: 'mpp-2' }],
      ['is meant for no service', { aud: undefined }],
    ])('to a token that %s', async (_, wrong) => {
      expectProblem(await accounts(`Bearer ${await token(wrong)}`), 401);
    });

    it('to a token from its expiry on, with a tolerance of five seconds', async () => {
      const given = `Bearer ${await token({ exp: seconds(60), nbf: seconds(5) })}`;
      expect((await accounts(given)).status).toBe(200);
      clock.advance(64_000);
      expect((await accounts(given)).status).toBe(200);
      clock.advance(1_000);
      expectProblem(await accounts(given), 401);
    });

    it.each([
      ['empty', ''],
      ['of 13 characters', '9009000000012'],
      ['a number', 900900000001],
      ['null', null],
      ['a list', [ALIA]],
      ['an object', { id: ALIA }],
      ['with NUL', 'a\0b'],
      ['with a line break', '9009\n'],
      ['a blank', ' '],
      ['with a blank in it', '9009 0000'],
      ['with a blank after it', '9009 '],
      ['half a character', '\ud83d'],
    ])('to a customer_id that is %s', async (_, customer_id) => {
      expectProblem(await accounts(`Bearer ${await token({ customer_id })}`), 401);
    });
  });

  it('there is no development issuer: 404', async () => {
    for (const body of [{ customerId: ALIA }, { roles: ['admin'] }])
      expectProblem(await fixture.server.mpp.call('POST', '/dev/token', { body }), 404);
  });
});
