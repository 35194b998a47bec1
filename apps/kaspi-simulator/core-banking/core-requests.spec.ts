import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { coreClientOf, creditOf, debitOf, reversalOf } from '../testing/core-client.js';
import { CUSTOMER } from '../testing/simulator-client.js';
import { problem, useTestCore } from '../testing/test-core.js';
import { TestSimulator } from '../testing/test-simulator.js';

const core = useTestCore();
const { client } = core;

describe('A customer’s accounts', () => {
  it('are listed with currency, balance, status and preference', async () => {
    const customerId = 'accounts';
    const first = core.open({ customerId, preferred: true });
    const second = core.open({ customerId, name: 'USD', currency: 'USD', balance: '5', status: 'BLOCKED' });
    expect(await client.accounts(customerId)).toMatchObject({
      status: 200,
      body: {
        accounts: [
          { id: first, name: 'Основной счёт', currency: 'KZT', balance: '1000.00', status: 'OPEN', preferred: true },
          { id: second, name: 'USD', currency: 'USD', balance: '5.00', status: 'BLOCKED', preferred: false },
        ],
      },
    });
  });

  it('of an unknown customer are answered with 404', async () => {
    expect(await client.accounts('nobody')).toMatchObject(problem(404, 'no such customer'));
  });
});

describe('An operation id', () => {
  it('that is reused with different content is a conflict without an outcome, and no money moves', async () => {
    const request = debitOf(core.account(), core.newOperationId());
    await client.debit(request);
    const others = [{ amount: '100.01' }, { accountId: core.open() }, { reference: 'p2' }, { description: 'Other' }];
    for (const change of others) {
      const answer = await client.debit({ ...request, ...change });
      expect(answer).toMatchObject(problem(409, Object.keys(change)[0] ?? ''));
      expect(answer.body).not.toHaveProperty('outcome');
    }
    expect(core.balance()).toBe('900.00');
  });

  it('of a debit cannot be used for a credit', async () => {
    const request = debitOf(core.account(), core.newOperationId());
    await client.debit(request);
    expect(await client.credit(creditOf(core.account(), request.operationId))).toMatchObject(
      problem(409, 'is a DEBIT'),
    );
  });

  it('that was never used has the outcome NEVER_SEEN', async () => {
    const answer = await client.outcome('a/strange id');
    expect(answer).toMatchObject({ status: 404, body: { operationId: 'a/strange id', outcome: 'NEVER_SEEN' } });
  });
});

describe('An invalid request', () => {
  it.each([
    ['no amount', { amount: undefined }, 'amount'],
    ['an amount as a number', { amount: 100 }, 'amount'],
    ['an amount without decimals', { amount: '100' }, 'amount'],
    ['an amount with one decimal', { amount: '100.0' }, 'amount'],
    ['an amount with a sign', { amount: '-100.00' }, 'amount'],
    ['an amount of zero', { amount: '0.00' }, 'above zero'],
    ['an amount above the maximum', { amount: '1000000000000000.01' }, 'at most'],
    ['another currency', { currency: 'USD' }, 'currency'],
    ['a purpose of a credit', { purpose: 'QR_REFUND' }, 'purpose'],
    ['a reference of 65 characters', { reference: 'x'.repeat(65) }, 'reference'],
    ['an account id as a number', { accountId: 7 }, 'accountId'],
  ])('with %s is answered with 400 without an outcome, and nothing is stored', async (_what, change, field) => {
    const request = debitOf(core.account(), core.newOperationId(), change);
    expect(await client.debit(request)).toMatchObject(problem(400, field));
    expect(await client.outcome(request.operationId)).toMatchObject({ status: 404 });
  });

  it.each([
    ['without an Idempotency-Key', {}],
    ['with that of another operation', { 'idempotency-key': 'other' }],
  ])('%s is answered with 400', async (_what, headers) => {
    const answer = await client.call('POST', '/v1/debits', debitOf(core.account(), core.newOperationId()), headers);
    expect(answer).toMatchObject(problem(400, 'Idempotency-Key'));
  });

  it.each(['', '[]', '"text"', '{"operationId":'])(
    'that is not a JSON object is answered with 400: %s',
    async (body) => {
      expect(await client.call('POST', '/v1/reversals', body)).toMatchObject(problem(400, 'the body'));
    },
  );

  it('for a reversal with the id of its debit is answered with 400', async () => {
    const id = core.newOperationId();
    expect(await client.reverse(reversalOf(core.account(), id, id))).toMatchObject(problem(400, 'operationId'));
  });
});

describe('A core with a token', () => {
  const protectedCore = new TestSimulator({ coreToken: 'secret-token' });
  const url = () => protectedCore.running.core.url;
  beforeAll(() => protectedCore.start());
  afterAll(() => protectedCore.end());

  it('answers 401 without the token, also while a fault is planned', async () => {
    protectedCore.running.faults.set({ coreAccounts: [{ do: 'reset' }] });
    for (const unauthorized of [coreClientOf(url), coreClientOf(url, 'secret'), coreClientOf(url, 'secret-token2')]) {
      expect(await unauthorized.debit(debitOf(core.account(), core.newOperationId()))).toMatchObject(
        problem(401, 'Authorization'),
      );
      expect(await unauthorized.accounts(CUSTOMER)).toMatchObject(problem(401, 'Authorization'));
    }
    protectedCore.running.faults.clear();
  });

  it('answers calls with the token, and account administration without it', async () => {
    const { id } = protectedCore.running.core.openAccount({ customerId: CUSTOMER, name: 'A', balance: '100.00' });
    const debit = await coreClientOf(url, 'secret-token').debit(debitOf(id, core.newOperationId()));
    expect(debit).toMatchObject({ body: { outcome: 'DONE' } });
    expect((await fetch(`${url()}/operations`)).status).toBe(200);
  });
});
