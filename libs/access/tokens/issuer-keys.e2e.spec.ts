import { afterEach, describe, expect, it } from '@jest/globals';
import { expectProblem, HOUR_SECONDS, issuerFixture } from '../../../test/support/issuer-fixture.js';
import { issuerKey } from '../../../test/support/jwks-server.js';

describe('with the bank’s own issuer', () => {
  const { fixture, clock, keyServer, accounts, token } = issuerFixture();

  // First, while the server has never had the keys.
  describe('while the key server is unavailable,', () => {
    afterEach(() => {
      keyServer.answer = null;
    });

    it('every token is answered with 503, not with 401', async () => {
      await keyServer.close();
      const answer = await accounts(`Bearer ${await token()}`);
      await keyServer.open();
      expectProblem(answer, 503);
    });

    it.each([
      ['answers an error', 500, 'oops'],
      ['answers a page', 200, '<html>maintenance</html>'],
      ['answers something else than keys', 200, '{"keys":"soon"}'],
      ['sends the server elsewhere', 302, ''],
    ])('or %s: 503', async (_, status, text) => {
      keyServer.answer = { status, text };
      expectProblem(await accounts(`Bearer ${await token()}`), 503);
    });

    it('text that is not a token is answered with 401', async () => {
      keyServer.answer = { status: 500, text: '' };
      expectProblem(await accounts(null), 401);
      expectProblem(await accounts('Bearer garbage'), 401);
    });

    it('and then available again, the same token is accepted', async () => {
      expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
    });

    it('tokens signed with a known key are still accepted', async () => {
      keyServer.answer = { status: 500, text: '' };
      expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
    });

    it('for eleven minutes and for hours, the last keys serve, and the key server is not asked with each request; after six hours they do not', async () => {
      keyServer.answer = { status: 500, text: '' };
      clock.advance(11 * 60_000);
      const requests = keyServer.requestCount;
      for (let n = 0; n < 5; n++) expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
      expect(keyServer.requestCount).toBe(requests + 1);
      const unknown = await issuerKey('ES256', 'ec-unknown');
      expectProblem(await accounts(`Bearer ${await token({}, unknown)}`), 503);
      clock.advance(5 * 3_600_000);
      expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
      clock.advance(3_600_000);
      expectProblem(await accounts(`Bearer ${await token()}`), 503);
    });
  });

  // Last: it changes the keys.
  it('a new key is picked up without a restart, and a withdrawn one is no longer accepted', async () => {
    const withdrawn = `Bearer ${await token()}`;
    expect((await accounts(withdrawn)).status).toBe(200);
    const next = await issuerKey('ES256', 'ec-2');
    keyServer.keys = [fixture.rsa, next];
    clock.advance(11_000);
    const requests = keyServer.requestCount;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => accounts(`Bearer ${await token({}, next)}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(keyServer.requestCount).toBe(requests + 1);
    expectProblem(await accounts(withdrawn), 401);
  });

  it('a new key is picked up also after the clock was set a day ahead and back', async () => {
    const DAY_MS = 24 * 3_600_000;
    clock.set(DAY_MS);
    clock.advance(11_000);
    // The keys are read again while the clock is wrong.
    expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: 'unknown' })}`), 401);
    clock.set(0);
    clock.advance(11_000);
    const next = await issuerKey('ES256', 'ec-3');
    keyServer.keys = [fixture.rsa, next];
    expect((await accounts(`Bearer ${await token({}, next)}`)).status).toBe(200);
  });

  it('a token that only a wrong clock has ended is answered with 503, and accepted when the clock is right', async () => {
    const valid = `Bearer ${await token({}, fixture.rsa)}`;
    clock.set(2 * HOUR_SECONDS * 1000);
    expectProblem(await accounts(valid), 503);
    clock.set(0);
    expect((await accounts(valid)).status).toBe(200);
    clock.advance(2 * HOUR_SECONDS * 1000);
    expectProblem(await accounts(valid), 401);
  });

  it('unknown kids do not make the server request the keys repeatedly', async () => {
    expect((await accounts(`Bearer ${await token({}, fixture.rsa)}`)).status).toBe(200);
    clock.advance(11_000);
    const requests = keyServer.requestCount;
    for (let guess = 0; guess < 5; guess++)
      expectProblem(await accounts(`Bearer ${await token({}, fixture.ec, { kid: `guess-${guess}` })}`), 401);
    expect(keyServer.requestCount).toBe(requests + 1);
  });
});
