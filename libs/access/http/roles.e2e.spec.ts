import { describe, expect, it } from '@jest/globals';
import { ALIA, expectProblem, issuerFixture } from '../../../test/support/issuer-fixture.js';
import { Mpp } from '../../../test/support/mpp.js';
import { ROLES } from '../domain/caller.js';

const ACCOUNT = '00000000-0000-7000-8000-00000000dead';
const SHARED = '00000000-0000-7000-8000-000000000002';
/** The contract's table, as far as this build has its routes: what each takes, and who may call it besides admin. */
const OPS: readonly (readonly [string, string, object | undefined, readonly string[]])[] = [
  ['GET', '/ops/v1/payments', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/payments/{id}', undefined, ['support', 'operations', 'accounting']],
  ['POST', '/ops/v1/payments/{id}/resolve', { outcome: 'CONFIRMED', reason: 'inquired at Kaspi' }, ['operations']],
  ['POST', '/ops/v1/payments/{id}/redirect', { accountId: 'x', reason: 'at the customer’s request' }, ['operations']],
  ['GET', '/ops/v1/outbox', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/outbox/{id}/retry', undefined, ['operations']],
  ['GET', '/ops/v1/refunds', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/refunds/{refundId}', undefined, ['support', 'operations', 'accounting']],
  ['POST', '/ops/v1/refunds/{refundId}/retry', undefined, ['operations']],
  [
    'POST',
    '/ops/v1/refunds/{refundId}/redirect',
    { accountId: 'x', reason: 'at the customer’s request' },
    ['operations'],
  ],
  ['POST', '/ops/v1/refunds/{refundId}/recheck', { reason: 'the payment is restored' }, ['operations']],
  ['GET', '/ops/v1/refused-refunds', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/notifications', undefined, ['support', 'operations']],
  ['GET', '/ops/v1/notifications/{id}', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/notifications/{id}/resend', undefined, ['operations']],
  ['GET', '/ops/v1/alerts', undefined, ['support', 'operations', 'accounting']],
  ['GET', '/ops/v1/recovery', undefined, ['support', 'operations', 'accounting']],
  ['POST', '/ops/v1/recovery/end', { reason: 'the registries agree' }, []],
  ['GET', '/ops/v1/refund-scans', undefined, ['support', 'operations']],
  ['GET', '/ops/v1/kaspi-health', undefined, ['support', 'operations']],
  ['POST', '/ops/v1/accounts', { customerId: ALIA, name: 'Основной счёт' }, ['accounting']],
  ['PATCH', '/ops/v1/accounts/{id}', { status: 'BLOCKED', reason: 'order 17' }, ['operations']],
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
  ['POST', '/ops/v1/discrepancies/{id}/redirect', { accountId: 'a', reason: 'case 12' }, ['accounting']],
  [
    'POST',
    '/ops/v1/discrepancies/{id}/settle',
    { action: 'EXPLAIN', reason: 'Kaspi corrects it tomorrow' },
    ['accounting'],
  ],
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
function answerTo(method: string, path: string): 200 | 201 | 400 | 404 | 409 {
  // No file was sent with it.
  if (method === 'POST' && path === '/ops/v1/registries') return 400;
  // No recovery is active.
  if (path === '/ops/v1/recovery/end') return 409;
  if (/\{\w+\}/.test(path) && !path.startsWith('/ops/v1/ledger/accounts/')) return 404;
  return method === 'POST' ? 201 : 200;
}

describe('with the bank’s own issuer', () => {
  const { fixture, token } = issuerFixture();

  const callOps = (method: string, path: string, body: object | undefined, given: string | null) =>
    fixture.server.mpp.call(method, path.replace(/\{\w+\}/, method === 'GET' ? SHARED : ACCOUNT), {
      token: given,
      body,
    });

  describe('403 is answered', () => {
    it('on the mobile API to a token that names no customer, with any roles', async () => {
      for (const roles of [undefined, [], ['support'], ['admin'], [...ROLES]]) {
        const team = { token: await token({ customer_id: undefined, roles }) };
        expectProblem(await fixture.server.mpp.call('GET', '/v1/accounts', team), 403);
        expectProblem(await fixture.server.mpp.call('GET', '/v1/payments', team), 403);
        expectProblem(await fixture.server.mpp.call('POST', '/v1/scans', { ...team, body: { qrCode: 'x' } }), 403);
        expectProblem(await fixture.server.mpp.call('GET', `/v1/payments/${ACCOUNT}`, team), 403);
        expectProblem(
          await fixture.server.mpp.call('POST', `/v1/payments/${ACCOUNT}/confirm`, { ...team, body: {} }),
          403,
        );
      }
    });

    it.each([
      ['a customer’s token', { roles: undefined }],
      ['a token with no roles', { customer_id: undefined, roles: [] }],
      ['a token with roles that do not exist', { customer_id: undefined, roles: ['root', 'Admin', 'ADMIN', ' admin'] }],
      ['a token whose roles are not a list', { customer_id: undefined, roles: 'admin' }],
      ['a token whose roles are an object', { customer_id: undefined, roles: { admin: true } }],
      ['a token whose roles are nested', { customer_id: undefined, roles: [['admin']] }],
    ])('on every operator call to %s', async (_, given) => {
      for (const [method, path, body] of OPS) expectProblem(await callOps(method, path, body, await token(given)), 403);
    });
  });

  describe('the operator API', () => {
    it('has exactly the calls of the contract’s table', async () => {
      const { body } = await fixture.server.mpp.call<{ paths: Record<string, object> }>('GET', '/docs/ops.json');
      const calls = Object.entries(body.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(calls.sort()).toEqual(OPS.map(([method, path]) => `${method} ${path}`).sort());
    });

    it.each(OPS)('answers %s %s without a token with 401', async (method, path, body) => {
      expectProblem(await callOps(method, path, body, null), 401);
    });

    it.each(
      OPS.flatMap(([method, path, body, allowed]) =>
        ROLES.map((role) => ({ role, method, path, body, may: role === 'admin' || allowed.includes(role) })),
      ),
    )('admits the role $role to $method $path: $may', async ({ role, method, path, body, may }) => {
      const answer = await callOps(method, path, body, await token({ customer_id: undefined, roles: [role] }));
      if (!may) return expectProblem(answer, 403);
      // An answer that the object does not exist shows that the caller was admitted.
      expect(answer.status).toBe(answerTo(method, path));
    });

    it('admits a caller who has the required role among others', async () => {
      const given = await token({ customer_id: undefined, roles: ['support', 'unheard-of', 'accounting'] });
      expect((await fixture.server.mpp.call('GET', '/ops/v1/ledger/trial-balance', { token: given })).status).toBe(200);
    });
  });

  it('the Kaspi-facing listener has none of the APIs, with any token: 404', async () => {
    const kaspiFacing = new Mpp(fixture.server.kaspiUrl);
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
});
