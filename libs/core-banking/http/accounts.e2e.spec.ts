import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CorePeer } from '../../../test/support/core-peer.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { accountIdOf } from '../http-core/http-core.js';

const ALIA = '900900000001';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const start = (env: Record<string, string> = {}) =>
  startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', ...env });

async function listAccounts(server: TestServer, customer: string) {
  const token = await server.mpp.customerToken(customer);
  return server.mpp.call<{ items: Record<string, unknown>[] }>('GET', '/v1/accounts', { token });
}

describe('the accounts of a customer in the own ledger', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  it('are listed if they are open; the oldest is preferred', async () => {
    const [first, second] = [await server.mpp.open(ALIA, '1000.00'), await server.mpp.open(ALIA, '0.00')];
    const blocked = await server.mpp.open(ALIA, '0.00');
    await database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [blocked]);
    await server.mpp.open('900900000009', '5.00');
    const common = { coreAccountId: null, name: 'Основной счёт', currency: 'KZT' };
    expect(await listAccounts(server, ALIA)).toMatchObject({
      status: 200,
      body: {
        items: [
          { ...common, id: first, balance: '1000.00', preferred: true },
          { ...common, id: second, balance: '0.00', preferred: false },
        ],
      },
    });
  });

  it('are an empty list if there are none', async () => {
    expect(await listAccounts(server, '900900000008')).toMatchObject({ status: 200, body: { items: [] } });
  });
});

describe('the accounts of a customer in a bank’s core', () => {
  let server: TestServer;
  let core: CorePeer;
  let customers = 0;

  beforeAll(async () => {
    core = await CorePeer.start();
    server = await start({ CORE_BANKING_URL: core.url, CORE_BANKING_TIMEOUT_MS: '5000' });
  });
  afterAll(async () => {
    await server.stop();
    await core.close();
  });
  beforeEach(() => core.reset());

  const customer = (...accounts: Parameters<CorePeer['has']>[1][]) => {
    const id = `8008${String(++customers).padStart(8, '0')}`;
    core.has(id, ...accounts);
    return id as Parameters<typeof accountIdOf>[0];
  };

  it('are listed if they are open and in tenge, with our id and the bank’s', async () => {
    const alia = customer(
      { id: 'KZ1', name: 'Зарплатный', balance: '1000.50', preferred: true },
      { id: 'KZ2', name: 'Депозит', status: 'BLOCKED' },
      { id: 'KZ3', name: 'Доллары', currency: 'USD' },
      { id: 'KZ4', name: 'Старый', status: 'CLOSED' },
      { id: 'KZ5', name: 'Кредитка', balance: '-20' },
    );
    expect(await listAccounts(server, alia)).toMatchObject({ status: 200 });
    expect((await listAccounts(server, alia)).body).toEqual({
      items: [
        {
          id: accountIdOf(alia, 'KZ1'),
          coreAccountId: 'KZ1',
          name: 'Зарплатный',
          currency: 'KZT',
          balance: '1000.50',
          preferred: true,
        },
        {
          id: accountIdOf(alia, 'KZ5'),
          coreAccountId: 'KZ5',
          name: 'Кредитка',
          currency: 'KZT',
          balance: '-20.00',
          preferred: false,
        },
      ],
    });
  });

  it('are read from the core each time, and do not include accounts of the own ledger', async () => {
    core.has(ALIA, { id: 'KZ9' });
    const { body } = await listAccounts(server, ALIA);
    expect(body.items.map(({ coreAccountId }) => coreAccountId)).toEqual(['KZ9']);
    core.has(ALIA);
    expect((await listAccounts(server, ALIA)).body).toEqual({ items: [] });
  });

  it('are an empty list if the core does not know the customer', async () => {
    expect(await listAccounts(server, 'nobody')).toMatchObject({ status: 200, body: { items: [] } });
  });

  it.each([
    ['does not answer', 'reset'],
    ['gives an invalid answer', { json: { accounts: [{ id: 'KZ1' }] } }],
    ['answers 502', { status: 502, text: '' }],
  ] as const)('are unknown if the core %s: 503 CORE_UNAVAILABLE', async (_, reply) => {
    core.plan('accounts', reply);
    const answer = await listAccounts(server, customer({ id: 'KZ1' }));
    expectProblem(
      answer as unknown as Parameters<typeof expectProblem>[0] & { body: Problem },
      503,
      'CORE_UNAVAILABLE',
    );
  });
});
