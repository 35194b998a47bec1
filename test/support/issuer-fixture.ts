import { afterAll, beforeAll, expect } from '@jest/globals';
import { createDatabase, type TestDatabase } from './database.js';
import { type IssuerKey, issuerKey, JwksServer, signed } from './jwks-server.js';
import { type Answer, startTestServer, type TestServer } from './mpp.js';
import { TestClock } from './test-clock.js';

const ISSUER = 'https://id.bank.kz';
export const AUDIENCE = 'mpp';
export const ALIA = '900900000001';
export const NO_KASPI = { KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
export const HOUR_SECONDS = 3600;

export function expectProblem(answer: Answer, status: 401 | 403 | 404 | 503): void {
  const codes = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 503: 'SERVICE_UNAVAILABLE' };
  expect(answer).toMatchObject({ status, body: { status, code: codes[status] } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  expect(Object.keys(answer.body).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
}

/** A server that accepts the tokens of a bank’s issuer, and that issuer’s key server: registers the hooks that start and stop them. */
export function issuerFixture() {
  const clock = new TestClock();
  const keyServer = new JwksServer();
  let database: TestDatabase;
  const fixture = {} as {
    server: TestServer;
    rsa: IssuerKey;
    ec: IssuerKey;
    ed: IssuerKey;
  };

  beforeAll(async () => {
    [database, fixture.rsa, fixture.ec, fixture.ed] = await Promise.all([
      createDatabase(),
      issuerKey('RS256', 'rsa-1'),
      issuerKey('ES256', 'ec-1'),
      issuerKey('EdDSA', 'ed-1'),
    ]);
    keyServer.keys = [fixture.rsa, fixture.ec, fixture.ed];
    await keyServer.open();
    const auth = { AUTH_JWKS_URI: keyServer.url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };
    fixture.server = await startTestServer({ DATABASE_URL: database.url, ...NO_KASPI, ...auth }, clock);
  });

  afterAll(async () => {
    await fixture.server.stop();
    await keyServer.close();
    await database.drop();
  });

  const seconds = (fromNow: number) => Math.floor(clock.now().getTime() / 1000) + fromNow;
  const claims = (other: Record<string, unknown> = {}) => ({
    iss: ISSUER,
    aud: AUDIENCE,
    exp: seconds(HOUR_SECONDS),
    customer_id: ALIA,
    ...other,
  });

  const token = (other: Record<string, unknown> = {}, key = fixture.ec, header: object = {}) =>
    signed(key, claims(other), header);

  const accounts = (authorization: string | null) =>
    fixture.server.mpp.call('GET', '/v1/accounts', { headers: authorization === null ? {} : { authorization } });

  return { fixture, clock, keyServer, seconds, claims, token, accounts };
}
