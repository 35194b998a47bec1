import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportSPKI, SignJWT } from 'jose';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { type IssuerKey, issuerKey, JwksServer, signed } from '../../test/support/jwks-server.js';
import { type Answer, Mpp, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { ROLES } from './domain/caller.js';

const ISSUER = 'https://id.bank.kz';
const AUDIENCE = 'mpp';
const ALIA = '900900000001';
const NO_KASPI = { KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
const HOUR_SECONDS = 3600;
const ACCOUNT = '00000000-0000-7000-8000-00000000dead';
const SHARED = '00000000-0000-7000-8000-000000000002';

/** The contract's table, as far as this build has its routes: what each takes, and who may call it besides admin. */
const OPS: readonly (readonly [string, string, object | undefined, readonly string[]])[] = [
  ['GET', '/ops/v1/payments', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/payments/{id}', undefined, ['support', 'operations', 'accounting']],
  ['POST', '/ops/v1/payments/{id}/resolve', { outcome: 'CONFIRMED', reason: 'asked Kaspi' }, ['operations']],
  ['GET', '/ops/v1/outbox', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/outbox/{id}/retry', undefined, ['operations']],
  ['GET', '/ops/v1/refunds', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/refunds/{refundId}', undefined, ['support', 'operations', 'accounting']],
  ['POST', '/ops/v1/refunds/{refundId}/retry', undefined, ['operations']],
  ['POST', '/ops/v1/refunds/{refundId}/redirect', { accountId: 'x', reason: 'asked for it' }, ['operations']],
  ['GET', '/ops/v1/notifications', undefined, ['support', 'operations']],
  ['GET', '/ops/v1/notifications/{id}', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/notifications/{id}/resend', undefined, ['operations']],
  ['GET', '/ops/v1/alerts', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/refund-scans', undefined, ['support', 'operations']],
  ['GET', '/ops/v1/kaspi-health', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/accounts', { customerId: ALIA, name: 'Основной счёт' }, ['accounting']],
  ['POST', '/ops/v1/accounts/{id}/deposits', { amount: '1.00', reference: 'r' }, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/chart', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts/{id}', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts/{id}/entries', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts/{id}/statement', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts/{id}/statement.csv', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/accounts/{id}/statement.xlsx', undefined, ['accounting']],
  ['POST', '/ops/v1/ledger/entries/{id}/correction', { reason: 'counted twice' }, ['accounting']],
  ['GET', '/ops/v1/ledger/trial-balance', undefined, ['accounting']],
  ['GET', '/ops/v1/ledger/verifications', undefined, ['accounting']],
  ['POST', '/ops/v1/registries', undefined, ['accounting']],
  ['GET', '/ops/v1/registries', undefined, ['accounting']],
  ['GET', '/ops/v1/registries/{id}', undefined, ['accounting']],
  ['GET', '/ops/v1/registries/{id}/file', undefined, ['accounting']],
  ['GET', '/ops/v1/registries/{id}/row-errors', undefined, ['accounting']],
  ['GET', '/ops/v1/registries/{id}/discrepancies', undefined, ['accounting']],
  ['POST', '/ops/v1/registries/{id}/accept', undefined, ['accounting']],
  ['GET', '/ops/v1/discrepancies', undefined, ['accounting', 'operations']],
  ['GET', '/ops/v1/discrepancies/{id}', undefined, ['accounting', 'operations']],
  ['PATCH', '/ops/v1/discrepancies/{id}', { status: 'RESOLVED' }, ['accounting']],
  ['GET', '/ops/v1/tariffs', undefined, ['accounting']],
  ['PUT', '/ops/v1/tariffs', { items: [] }, ['accounting']],
  ['GET', '/ops/v1/working-days', undefined, ['accounting']],
  ['PUT', '/ops/v1/working-days', { items: [] }, ['accounting']],
  ['DELETE', '/ops/v1/working-days/{date}', undefined, ['accounting']],
  ['GET', '/ops/v1/registry-calendar', undefined, ['accounting']],
  ['GET', '/ops/v1/settlements', undefined, ['accounting']],
  ['GET', '/ops/v1/settlements/{date}', undefined, ['accounting']],
  ['POST', '/ops/v1/settlements/{date}', { amount: '1.00', reference: 'r' }, ['accounting']],
  ['GET', '/ops/v1/reports/daily', undefined, ['accounting']],
  ['GET', '/ops/v1/reports/monthly', undefined, ['accounting']],
  ['GET', '/ops/v1/audit', undefined, []],
];

/** What an allowed caller is answered: an account exists that is shared, and nothing else that a call could name. */
function answerTo(method: string, path: string): 200 | 201 | 400 | 404 {
  // No file was sent with it.
  if (method === 'POST' && path === '/ops/v1/registries') return 400;
  if (/\{\w+\}/.test(path) && !path.startsWith('/ops/v1/ledger/accounts/')) return 404;
  return method === 'POST' ? 201 : 200;
}

function expectProblem(answer: Answer, status: 401 | 403 | 404 | 503): void {
  const codes = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 503: 'SERVICE_UNAVAILABLE' };
  expect(answer).toMatchObject({ status, body: { status, code: codes[status] } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  expect(Object.keys(answer.body).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
}

describe('with the bank’s own issuer', () => {
  const clock = new TestClock();
  const keyServer = new JwksServer();
  let database: TestDatabase;
  let server: TestServer;
  let rsa: IssuerKey;
  let ec: IssuerKey;
  let ed: IssuerKey;

  beforeAll(async () => {
    [database, rsa, ec, ed] = await Promise.all([
      createDatabase(),
      issuerKey('RS256', 'rsa-1'),
      issuerKey('ES256', 'ec-1'),
      issuerKey('EdDSA', 'ed-1'),
    ]);
    keyServer.keys = [rsa, ec, ed];
    await keyServer.open();
    const auth = { AUTH_JWKS_URI: keyServer.url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };
    server = await startTestServer({ DATABASE_URL: database.url, ...NO_KASPI, ...auth }, clock);
  });

  afterAll(async () => {
    await server.stop();
    await keyServer.close();
    await database.drop();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const seconds = (fromNow: number) => Math.floor(clock.now().getTime() / 1000) + fromNow;
  const claims = (other: Record<string, unknown> = {}) => ({
    iss: ISSUER,
    aud: AUDIENCE,
    exp: seconds(HOUR_SECONDS),
    customer_id: ALIA,
    ...other,
  });
  const token = (other: Record<string, unknown> = {}, key = ec, header: object = {}) =>
    signed(key, claims(other), header);
  const accounts = (authorization: string | null) =>
    server.mpp.call('GET', '/v1/accounts', { headers: authorization === null ? {} : { authorization } });

  /** The time by which the keys’ age is counted. */
  function keysAre(older: number): void {
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + older);
  }

  // First, while the server has never had the keys.
  describe('while the key server is away,', () => {
    afterEach(() => {
      keyServer.answer = null;
    });

    it('nobody is let in, and nobody is told that their token is wrong: 503', async () => {
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

    it('what is no token needs no key: 401', async () => {
      keyServer.answer = { status: 500, text: '' };
      expectProblem(await accounts(null), 401);
      expectProblem(await accounts('Bearer garbage'), 401);
    });

    it('and when it is back, the same token is accepted', async () => {
      expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
    });

    it('known keys go on being accepted', async () => {
      keyServer.answer = { status: 500, text: '' };
      expect((await accounts(`Bearer ${await token()}`)).status).toBe(200);
    });
  });

  describe('a customer’s token', () => {
    it.each([
      ['RS256', () => rsa],
      ['ES256', () => ec],
      ['EdDSA', () => ed],
    ])('signed with %s is accepted', async (_, key) => {
      const answer = await accounts(`Bearer ${await token({}, key())}`);
      expect(answer).toMatchObject({ status: 200, body: { items: [] } });
    });

    it('may name more than one audience, and a scheme in small letters', async () => {
      expect((await accounts(`bearer ${await token({ aud: ['other', AUDIENCE] })}`)).status).toBe(200);
    });

    it.each(['7', 'Ж', ALIA, 'ä'.repeat(12), 'client:7@kz'])('for the customer %j is accepted', async (customer_id) => {
      expect((await accounts(`Bearer ${await token({ customer_id })}`)).status).toBe(200);
    });

    it('is one customer’s: each sees their own accounts', async () => {
      const admin = await token({ customer_id: undefined, roles: ['admin'] });
      const open = { token: admin, body: { customerId: 'own-1', name: 'Счёт' } };
      const { body } = await server.mpp.call('POST', '/ops/v1/accounts', open);
      const listOf = async (customer_id: string) => (await accounts(`Bearer ${await token({ customer_id })}`)).body;
      expect(await listOf('own-1')).toEqual({ items: [{ ...body, coreAccountId: null, preferred: true }] });
      expect(await listOf('own-2')).toEqual({ items: [] });
    });
  });

  describe('401 is answered', () => {
    it.each([
      ['no authorization', null],
      ['an empty one', ''],
      ['a scheme without a token', 'Bearer'],
      ['another scheme', 'Basic YWxpYTpzZWNyZXQ='],
      ['garbage', 'Bearer garbage'],
      ['garbage in three parts', 'Bearer a.b.c'],
      ['a header that is no JSON', `Bearer ${btoa('{"alg"')}.e30.c2ln`.replaceAll('=', '')],
    ])('to %s', async (_, authorization) => {
      expectProblem(await accounts(authorization), 401);
    });

    it('to a token without its scheme, or with something behind it', async () => {
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

    it.each(['RS256', 'ES256', 'EdDSA'])('to another %s key that calls itself by a known kid', async (alg) => {
      const kid = { RS256: rsa.kid, ES256: ec.kid, EdDSA: ed.kid }[alg] ?? '';
      expectProblem(await accounts(`Bearer ${await token({}, await issuerKey(alg, kid))}`), 401);
    });

    it('to a token without a kid, with an unknown one, and with that of a key of another kind', async () => {
      expectProblem(await accounts(`Bearer ${await token({}, ec, { kid: undefined })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, ec, { kid: '' })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, ec, { kid: 'ec-2' })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, ec, { kid: rsa.kid })}`), 401);
    });

    it('to a token that brings its own key, or says where to fetch it', async () => {
      const mine = await issuerKey('ES256', 'mine');
      const elsewhere = new JwksServer();
      elsewhere.keys = [mine];
      await elsewhere.open();
      expectProblem(await accounts(`Bearer ${await token({}, mine, { jwk: mine.jwk })}`), 401);
      expectProblem(await accounts(`Bearer ${await token({}, mine, { jku: elsewhere.url })}`), 401);
      expect(elsewhere.asked).toBe(0);
      await elsewhere.close();
    });

    it('to the algorithm none, with and without something in the signature’s place', async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const alg of ['none', 'NONE', 'None'])
        for (const signature of ['', 'c2ln'])
          expectProblem(await accounts(`Bearer ${part({ alg, kid: ec.kid })}.${part(claims())}.${signature}`), 401);
    });

    it('to HS256 with the public key as its secret', async () => {
      for (const key of [rsa, ec]) {
        for (const secret of [await exportSPKI(key.publicKey), JSON.stringify(key.jwk)]) {
          const forged = await new SignJWT(claims())
            .setProtectedHeader({ alg: 'HS256', kid: key.kid })
            .sign(Buffer.from(secret));
          expectProblem(await accounts(`Bearer ${forged}`), 401);
        }
      }
    });

    it('to an algorithm that the contract does not name, even of a known key', async () => {
      const pss = await crypto.subtle.importKey(
        'pkcs8',
        await crypto.subtle.exportKey('pkcs8', rsa.privateKey),
        { name: 'RSA-PSS', hash: 'SHA-256' },
        false,
        ['sign'],
      );
      expectProblem(await accounts(`Bearer ${await token({}, { ...rsa, alg: 'PS256', privateKey: pss })}`), 401);
    });

    it('to a token with a condition that this server does not know', async () => {
      const bound = await new SignJWT(claims())
        .setProtectedHeader({ alg: ec.alg, kid: ec.kid, crit: ['bound'], bound: true })
        .sign(ec.privateKey, { crit: { bound: true } });
      expectProblem(await accounts(`Bearer ${bound}`), 401);
    });

    it.each([
      ['has no end', { exp: undefined }],
      ['has an end that is no time', { exp: 'tomorrow' }],
      ['has ended', { exp: seconds(-6) }],
      ['has not begun', { nbf: seconds(6) }],
      ['comes from another issuer', { iss: 'https://id.bank.kz.evil.com' }],
      ['comes from no issuer', { iss: undefined }],
      ['is meant for another service', { aud: 'mpp-2' }],
      ['is meant for no service', { aud: undefined }],
    ])('to a token that %s', async (_, wrong) => {
      expectProblem(await accounts(`Bearer ${await token(wrong)}`), 401);
    });

    it('from the moment a token ends, but for five seconds between two clocks', async () => {
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
      ['nothing', null],
      ['a list', [ALIA]],
      ['an object', { id: ALIA }],
      ['with NUL', 'a\0b'],
      ['with a line break', '9009\n'],
      ['a blank', ' '],
      ['with a blank in it', '9009 0000'],
      ['with a blank behind it', '9009 '],
      ['half a character', '\ud83d'],
    ])('to a customer_id that is %s', async (_, customer_id) => {
      expectProblem(await accounts(`Bearer ${await token({ customer_id })}`), 401);
    });
  });

  describe('403 is answered', () => {
    it('on the mobile API to a token that names no customer, whatever its roles', async () => {
      for (const roles of [undefined, [], ['support'], ['admin'], [...ROLES]]) {
        const team = { token: await token({ customer_id: undefined, roles }) };
        expectProblem(await server.mpp.call('GET', '/v1/accounts', team), 403);
        expectProblem(await server.mpp.call('GET', '/v1/payments', team), 403);
        expectProblem(await server.mpp.call('POST', '/v1/scans', { ...team, body: { qrCode: 'x' } }), 403);
        expectProblem(await server.mpp.call('GET', `/v1/payments/${ACCOUNT}`, team), 403);
        expectProblem(await server.mpp.call('POST', `/v1/payments/${ACCOUNT}/confirm`, { ...team, body: {} }), 403);
      }
    });

    it.each([
      ['a customer’s', { roles: undefined }],
      ['one with no roles', { customer_id: undefined, roles: [] }],
      ['one with roles that do not exist', { customer_id: undefined, roles: ['root', 'Admin', 'ADMIN', ' admin'] }],
      ['one whose roles are no list', { customer_id: undefined, roles: 'admin' }],
      ['one whose roles are an object', { customer_id: undefined, roles: { admin: true } }],
      ['one whose roles are nested', { customer_id: undefined, roles: [['admin']] }],
    ])('on every operator call to this token: %s', async (_, given) => {
      for (const [method, path, body] of OPS) expectProblem(await callOps(method, path, body, await token(given)), 403);
    });
  });

  const callOps = (method: string, path: string, body: object | undefined, given: string | null) =>
    server.mpp.call(method, path.replace(/\{\w+\}/, method === 'GET' ? SHARED : ACCOUNT), { token: given, body });

  describe('of the operator API', () => {
    it('every call stands in the contract’s table', async () => {
      const { body } = await server.mpp.call<{ paths: Record<string, object> }>('GET', '/docs/ops.json');
      const calls = Object.entries(body.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(calls.sort()).toEqual(OPS.map(([method, path]) => `${method} ${path}`).sort());
    });

    it.each(OPS)('%s %s is 401 without a token', async (method, path, body) => {
      expectProblem(await callOps(method, path, body, null), 401);
    });

    it.each(
      OPS.flatMap(([method, path, body, allowed]) =>
        ROLES.map((role) => ({ role, method, path, body, may: role === 'admin' || allowed.includes(role) })),
      ),
    )('$role calling $method $path is let in: $may', async ({ role, method, path, body, may }) => {
      const answer = await callOps(method, path, body, await token({ customer_id: undefined, roles: [role] }));
      if (!may) return expectProblem(answer, 403);
      // Whoever is told that it does not exist was let in.
      expect(answer.status).toBe(answerTo(method, path));
    });

    it('a role is not lost among others', async () => {
      const given = await token({ customer_id: undefined, roles: ['support', 'unheard-of', 'accounting'] });
      expect((await server.mpp.call('GET', '/ops/v1/ledger/trial-balance', { token: given })).status).toBe(200);
    });
  });

  it('there is no development issuer: 404', async () => {
    for (const body of [{ customerId: ALIA }, { roles: ['admin'] }])
      expectProblem(await server.mpp.call('POST', '/dev/token', { body }), 404);
  });

  it('the Kaspi-facing listener has none of the APIs, with any token: 404', async () => {
    const kaspiFacing = new Mpp(server.kaspiUrl);
    const both = await token({ roles: ['admin'] });
    const paths = [
      '/v1/accounts',
      '/v1/payments',
      '/ops/v1/ledger/trial-balance',
      '/docs',
      '/docs/ops.json',
      '/metrics',
    ];
    const nothing = { status: 404, body: {} };
    for (const path of paths) expect(await kaspiFacing.call('GET', path, { token: both })).toMatchObject(nothing);
    expect(await kaspiFacing.call('POST', '/dev/token', { body: { customerId: ALIA } })).toMatchObject(nothing);
  });

  // Last: it changes the keys.
  it('a new key is picked up without a restart, and a withdrawn one is no longer accepted', async () => {
    const withdrawn = `Bearer ${await token()}`;
    expect((await accounts(withdrawn)).status).toBe(200);
    const next = await issuerKey('ES256', 'ec-2');
    keyServer.keys = [rsa, next];
    keysAre(11_000);
    const asked = keyServer.asked;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => accounts(`Bearer ${await token({}, next)}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(keyServer.asked).toBe(asked + 1);
    expectProblem(await accounts(withdrawn), 401);
  });

  it('unknown kids do not make the server ask for keys again and again', async () => {
    expect((await accounts(`Bearer ${await token({}, rsa)}`)).status).toBe(200);
    keysAre(22_000);
    const asked = keyServer.asked;
    for (let guess = 0; guess < 5; guess++)
      expectProblem(await accounts(`Bearer ${await token({}, ec, { kid: `guess-${guess}` })}`), 401);
    expect(keyServer.asked).toBe(asked + 1);
  });
});

describe('without AUTH_JWKS_URI', () => {
  let database: TestDatabase;
  let servers: TestServer[];

  beforeAll(async () => {
    database = await createDatabase();
    const env = { DATABASE_URL: database.url, ...NO_KASPI };
    servers = await Promise.all([startTestServer(env), startTestServer(env)]);
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await database.drop();
  });

  it('two servers on one database accept each other’s development tokens', async () => {
    // Both make their first token at the same moment, when no key exists.
    expect(await database.query('select 1 from access_development_key')).toEqual([]);
    const tokens = await Promise.all(servers.map((server) => server.mpp.customerToken(ALIA)));
    expect(await database.query('select 1 from access_development_key')).toHaveLength(1);
    for (const { mpp } of servers) {
      for (const token of tokens) expect((await mpp.call('GET', '/v1/accounts', { token })).status).toBe(200);
    }
  });

  it('a team’s development token is accepted on the operator API and refused on the mobile one', async () => {
    const [server] = servers as [TestServer];
    const token = await server.mpp.teamToken('accounting');
    expect((await server.mpp.call('GET', '/ops/v1/ledger/trial-balance', { token })).status).toBe(200);
    expectProblem(await server.mpp.call('GET', '/v1/accounts', { token }), 403);
  });

  it('a token of anybody else’s key is refused, even under the development kid', async () => {
    const [server] = servers as [TestServer];
    const stranger = await issuerKey('ES256', 'development');
    const exp = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
    const claims = { iss: 'mpp-development', aud: 'mpp-server', exp, customer_id: ALIA };
    const token = await signed(stranger, claims);
    expectProblem(await server.mpp.call('GET', '/v1/accounts', { token }), 401);
  });

  it.each([
    ['for nobody', {}],
    ['for no customer', { customerId: '' }],
    ['for a customer of 13 characters', { customerId: '9009000000012' }],
    ['for a customer with a blank', { customerId: '9009 0000' }],
    ['for a number', { customerId: 900900000001 }],
    ['for null', { customerId: null }],
    ['for a role that does not exist', { roles: ['root'] }],
    ['for roles that are no list', { roles: 'admin' }],
    ['for no roles', { roles: [] }],
  ])('no token is made %s: 400', async (_, body) => {
    const [server] = servers as [TestServer];
    expect(await server.mpp.call('POST', '/dev/token', { body })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: expect.any(Array) },
    });
  });
});
