import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { ALIA, expectProblem, HOUR_SECONDS, NO_KASPI } from '../../../test/support/issuer-fixture.js';
import { issuerKey, signed } from '../../../test/support/jwks-server.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';

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

  it('a token signed with another key is refused, even under the development kid', async () => {
    const [server] = servers as [TestServer];
    const stranger = await issuerKey('ES256', 'development');
    const exp = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
    const claims = { iss: 'mpp-development', aud: 'mpp-server', exp, customer_id: ALIA };
    const token = await signed(stranger, claims);
    expectProblem(await server.mpp.call('GET', '/v1/accounts', { token }), 401);
  });

  it.each([
    ['without customer and roles', {}],
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
