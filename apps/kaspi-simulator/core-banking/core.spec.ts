import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { coreClientOf, creditOf, debitOf, reversalOf } from '../testing/core-client.js';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const simulator = new TestSimulator();
const core = coreClientOf(() => simulator.running.core.url);
const bank = () => simulator.running.core;
const balance = (id = account) =>
  bank()
    .accounts()
    .find((each) => each.id === id)?.balance;
const open = (order: object = {}) =>
  bank().openAccount({ customerId: CUSTOMER, name: 'Основной счёт', balance: '1000.00', ...order }).id;

let account: string;
let count = 0;
const newId = () => `op-${++count}`;

beforeAll(() => simulator.start());
afterAll(() => simulator.end());
beforeEach(() => {
  account = open();
});

const done = (operationId: string) => ({
  status: 200,
  body: { operationId, outcome: 'DONE', coreReference: expect.stringMatching(/^CORE\d{9}$/) },
});
const refused = (operationId: string, reason: string) => ({
  status: 200,
  body: { operationId, outcome: 'REFUSED', reason, message: expect.stringMatching(/./) },
});
const problem = (status: number, detail: string) => ({
  status,
  type: expect.stringContaining('application/problem+json'),
  body: { type: 'about:blank', title: expect.any(String), status, detail: expect.stringContaining(detail) },
});

describe('A customer’s accounts', () => {
  it('are told as they are', async () => {
    const customerId = 'accounts';
    const first = open({ customerId, preferred: true });
    const second = open({ customerId, name: 'USD', currency: 'USD', balance: '5', status: 'BLOCKED' });
    expect(await core.accounts(customerId)).toMatchObject({
      status: 200,
      body: {
        accounts: [
          { id: first, name: 'Основной счёт', currency: 'KZT', balance: '1000.00', status: 'OPEN', preferred: true },
          { id: second, name: 'USD', currency: 'USD', balance: '5.00', status: 'BLOCKED', preferred: false },
        ],
      },
    });
  });

  it('are none of a customer whom the bank does not know', async () => {
    expect(await core.accounts('nobody')).toMatchObject(problem(404, 'no such customer'));
  });
});

describe('A debit', () => {
  it('takes money, once, however often it is asked for, and answers the same byte for byte', async () => {
    const request = debitOf(account, newId(), { amount: '150.25' });
    const first = await core.debit(request);
    expect(first).toMatchObject(done(request.operationId));
    expect(balance()).toBe('849.75');
    await simulator.restart();
    const repeats = [await core.debit(request), await core.debit(request), await core.outcome(request.operationId)];
    for (const { status, text } of repeats) expect({ status, text }).toEqual({ status: 200, text: first.text });
    expect(balance()).toBe('849.75');
    expect(bank().operations()[0]).toMatchObject({ operationId: request.operationId, timesAsked: 3, moved: true });
  });

  it('that was refused stays refused, also when the money is there', async () => {
    const request = debitOf(account, newId(), { amount: '1000.01' });
    const first = await core.debit(request);
    expect(first).toMatchObject(refused(request.operationId, 'INSUFFICIENT_FUNDS'));
    bank().changeAccount(account, { balance: '5000.00' });
    expect((await core.debit(request)).text).toBe(first.text);
    expect(balance()).toBe('5000.00');
  });

  it.each<[string, () => string, string]>([
    ['an account that is not there', () => 'KZ00', 'ACCOUNT_NOT_FOUND'],
    ['another customer’s account', () => open({ customerId: SECOND_CUSTOMER }), 'ACCOUNT_NOT_FOUND'],
    ['a blocked account', () => open({ status: 'BLOCKED' }), 'ACCOUNT_BLOCKED'],
    ['a closed account', () => open({ status: 'CLOSED' }), 'ACCOUNT_CLOSED'],
    ['an account in another currency', () => open({ currency: 'USD' }), 'CURRENCY_MISMATCH'],
  ])('of %s is refused, as is a credit', async (_what, id, reason) => {
    const accountId = id();
    const [debit, credit] = [debitOf(accountId, newId()), creditOf(accountId, newId())];
    expect(await core.debit(debit)).toMatchObject(refused(debit.operationId, reason));
    expect(await core.credit(credit)).toMatchObject(refused(credit.operationId, reason));
  });

  it('may take all that there is', async () => {
    expect(await core.debit(debitOf(account, newId(), { amount: '1000.00' }))).toMatchObject({ status: 200 });
    expect(balance()).toBe('0.00');
  });
});

describe('A credit', () => {
  it('gives money, once, however often it is asked for', async () => {
    const request = creditOf(account, newId());
    const first = await core.credit(request);
    expect(first).toMatchObject(done(request.operationId));
    expect((await core.credit(request)).text).toBe(first.text);
    expect(balance()).toBe('1100.00');
  });

  it('is refused where the account cannot hold it', async () => {
    const request = creditOf(account, newId(), { amount: '1000000000000000.00' });
    expect(await core.credit(request)).toMatchObject(refused(request.operationId, 'LIMIT_EXCEEDED'));
  });
});

describe('A reversal', () => {
  const debited = async () => {
    const request = debitOf(account, newId());
    await core.debit(request);
    return request.operationId;
  };

  it('gives the money of its debit back, once, whoever and however often asks', async () => {
    const debitId = await debited();
    const [first, second] = [reversalOf(account, debitId, newId()), reversalOf(account, debitId, newId())];
    expect(await core.reverse(first)).toMatchObject(done(first.operationId));
    for (const request of [first, second]) expect(await core.reverse(request)).toMatchObject({ status: 200 });
    expect(balance()).toBe('1000.00');
    expect(bank().operations().slice(0, 3)).toMatchObject([
      { operationId: second.operationId, outcome: 'DONE', moved: false, debitId },
      { operationId: first.operationId, outcome: 'DONE', moved: true, timesAsked: 2 },
      { operationId: debitId, reversedAt: expect.any(String) },
    ]);
  });

  it('leaves the answer of its debit as it was', async () => {
    const request = debitOf(account, newId());
    const { text } = await core.debit(request);
    await core.reverse(reversalOf(account, request.operationId, newId()));
    expect((await core.debit(request)).text).toBe(text);
    expect(balance()).toBe('1000.00');
  });

  it('reaches an account that was blocked meanwhile', async () => {
    const debitId = await debited();
    bank().changeAccount(account, { status: 'BLOCKED' });
    const request = reversalOf(account, debitId, newId());
    expect(await core.reverse(request)).toMatchObject(done(request.operationId));
    expect(balance()).toBe('1000.00');
  });

  it('onto a closed account is refused, and done under the same id when it is open again', async () => {
    const debitId = await debited();
    bank().changeAccount(account, { status: 'CLOSED' });
    const request = reversalOf(account, debitId, newId());
    for (let n = 0; n < 2; n++) {
      expect(await core.reverse(request)).toMatchObject(refused(request.operationId, 'ACCOUNT_CLOSED'));
    }
    expect(await core.outcome(request.operationId)).toMatchObject(refused(request.operationId, 'ACCOUNT_CLOSED'));
    bank().changeAccount(account, { status: 'OPEN' });
    await simulator.restart();
    for (let n = 0; n < 2; n++) expect(await core.reverse(request)).toMatchObject(done(request.operationId));
    expect(balance()).toBe('1000.00');
    expect(bank().operations()[0]).toMatchObject({ operationId: request.operationId, timesAsked: 4, moved: true });
  });

  it('of a refused debit gives nothing back, and is done', async () => {
    const debit = debitOf(account, newId(), { amount: '5000.00' });
    await core.debit(debit);
    const request = reversalOf(account, debit.operationId, newId(), { amount: '5000.00' });
    expect(await core.reverse(request)).toMatchObject(done(request.operationId));
    expect(await core.debit(debit)).toMatchObject(refused(debit.operationId, 'INSUFFICIENT_FUNDS'));
    expect(balance()).toBe('1000.00');
  });

  it('of a debit that never came gives nothing back, is done, and refuses the debit when it comes, after a restart too', async () => {
    const debit = debitOf(account, newId());
    const request = reversalOf(account, debit.operationId, newId());
    expect(await core.reverse(request)).toMatchObject(done(request.operationId));
    await simulator.restart();
    for (let n = 0; n < 2; n++) {
      expect(await core.debit(debit)).toMatchObject(refused(debit.operationId, 'REVERSED_BEFORE'));
    }
    expect(balance()).toBe('1000.00');
  });

  it.each([
    ['another amount', { amount: '99.00' }, 'amount'],
    ['another account', { accountId: 'KZ00' }, 'accountId'],
    ['another customer', { customerId: SECOND_CUSTOMER }, 'customerId'],
  ])('with %s than its debit is a conflict, and nothing is kept of it', async (_what, change, named) => {
    const request = reversalOf(account, await debited(), newId(), change);
    expect(await core.reverse(request)).toMatchObject(problem(409, named));
    expect(await core.outcome(request.operationId)).toMatchObject({ status: 404, body: { outcome: 'NEVER_SEEN' } });
    expect(balance()).toBe('900.00');
  });

  it('of what is no debit is a conflict', async () => {
    const credit = creditOf(account, newId());
    await core.credit(credit);
    const request = reversalOf(account, credit.operationId, newId());
    expect(await core.reverse(request)).toMatchObject(problem(409, 'not a debit'));
  });
});

describe('An id', () => {
  it('that stands for another content is a conflict, without an outcome, and nothing is done', async () => {
    const request = debitOf(account, newId());
    await core.debit(request);
    const others = [{ amount: '100.01' }, { accountId: open() }, { reference: 'p2' }, { description: 'Other' }];
    for (const change of others) {
      const answer = await core.debit({ ...request, ...change });
      expect(answer).toMatchObject(problem(409, Object.keys(change)[0] ?? ''));
      expect(answer.body).not.toHaveProperty('outcome');
    }
    expect(balance()).toBe('900.00');
  });

  it('of one kind of operation is none of another', async () => {
    const request = debitOf(account, newId());
    await core.debit(request);
    expect(await core.credit(creditOf(account, request.operationId))).toMatchObject(problem(409, 'is a DEBIT'));
  });

  it('that nobody has asked for is answered NEVER_SEEN', async () => {
    const answer = await core.outcome('a/strange id');
    expect(answer).toMatchObject({ status: 404, body: { operationId: 'a/strange id', outcome: 'NEVER_SEEN' } });
  });
});

describe('A request at fault', () => {
  it.each([
    ['no amount', { amount: undefined }, 'amount'],
    ['an amount as a number', { amount: 100 }, 'amount'],
    ['an amount without decimals', { amount: '100' }, 'amount'],
    ['an amount with one decimal', { amount: '100.0' }, 'amount'],
    ['an amount with a sign', { amount: '-100.00' }, 'amount'],
    ['nothing', { amount: '0.00' }, 'above zero'],
    ['more than there is in the world', { amount: '1000000000000000.01' }, 'at most'],
    ['another currency', { currency: 'USD' }, 'currency'],
    ['a purpose of a credit', { purpose: 'QR_REFUND' }, 'purpose'],
    ['a reference of 65 characters', { reference: 'x'.repeat(65) }, 'reference'],
    ['an account that is no text', { accountId: 7 }, 'accountId'],
  ])('with %s is answered 400, without an outcome, and nothing is kept', async (_what, change, named) => {
    const request = debitOf(account, newId(), change);
    expect(await core.debit(request)).toMatchObject(problem(400, named));
    expect(await core.outcome(request.operationId)).toMatchObject({ status: 404 });
  });

  it.each([
    ['without an Idempotency-Key', {}],
    ['with that of another operation', { 'idempotency-key': 'other' }],
  ])('%s is answered 400', async (_what, headers) => {
    const answer = await core.call('POST', '/v1/debits', debitOf(account, newId()), headers);
    expect(answer).toMatchObject(problem(400, 'Idempotency-Key'));
  });

  it.each(['', '[]', '"text"', '{"operationId":'])('that is no JSON object is answered 400: %s', async (body) => {
    expect(await core.call('POST', '/v1/reversals', body)).toMatchObject(problem(400, 'the body'));
  });

  it('that gives a reversal the id of its debit is answered 400', async () => {
    const id = newId();
    expect(await core.reverse(reversalOf(account, id, id))).toMatchObject(problem(400, 'operationId'));
  });
});

describe('A core with a token', () => {
  const guarded = new TestSimulator({ coreToken: 'secret-token' });
  const url = () => guarded.running.core.url;
  beforeAll(() => guarded.start());
  afterAll(() => guarded.end());

  it('answers nobody without it, not even with a fault', async () => {
    guarded.running.faults.set({ coreAccounts: [{ do: 'reset' }] });
    for (const stranger of [coreClientOf(url), coreClientOf(url, 'secret'), coreClientOf(url, 'secret-token2')]) {
      expect(await stranger.debit(debitOf(account, newId()))).toMatchObject(problem(401, 'Authorization'));
      expect(await stranger.accounts(CUSTOMER)).toMatchObject(problem(401, 'Authorization'));
    }
    guarded.running.faults.clear();
  });

  it('answers whoever has it, and the account admin', async () => {
    const { id } = guarded.running.core.openAccount({ customerId: CUSTOMER, name: 'A', balance: '100.00' });
    const debit = await coreClientOf(url, 'secret-token').debit(debitOf(id, newId()));
    expect(debit).toMatchObject({ body: { outcome: 'DONE' } });
    expect((await fetch(`${url()}/operations`)).status).toBe(200);
  });
});
