import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { coreClientOf, creditOf, debitOf, reversalOf } from '../testing/core-client.js';
import { CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const simulator = new TestSimulator();
const core = coreClientOf(() => simulator.running.core.url);
const store = () => readFileSync(simulator.storeFile, 'utf8');
const RESET = { cause: { code: 'ECONNRESET' } };

let account: string;
let count = 0;
const newId = () => `op-${++count}`;
const balance = () => simulator.running.core.accounts().find(({ id }) => id === account)?.balance;
const plan = (body: object) => simulator.client.faults('PUT', body);

beforeAll(() => simulator.start());
afterAll(() => simulator.end());
beforeEach(() => {
  account = simulator.running.core.openAccount({ customerId: CUSTOMER, name: 'A', balance: '1000.00' }).id;
});
afterEach(() => simulator.running.faults.clear());

/** A new valid request of the operation; each call of the result sends the same request. */
const OPERATIONS = ['coreDebit', 'coreCredit', 'coreReversal'] as const;
const validRequest = async (operation: (typeof OPERATIONS)[number]) => {
  if (operation === 'coreDebit') return core.debit.bind(null, debitOf(account, newId()));
  if (operation === 'coreCredit') return core.credit.bind(null, creditOf(account, newId()));
  const debit = debitOf(account, newId());
  await core.debit(debit);
  return core.reverse.bind(null, reversalOf(account, debit.operationId, newId()));
};

describe.each(OPERATIONS)('%s', (operation) => {
  it('that fails before it is read is not executed', async () => {
    const request = await validRequest(operation);
    const before = store();
    await plan({
      [operation]: [
        { do: 'reset', count: 1 },
        { do: 'status', httpStatus: 503, count: 1 },
        { do: 'garbage', count: 1 },
      ],
    });
    await expect(request()).rejects.toMatchObject(RESET);
    await expect(request()).rejects.toThrow('JSON');
    await expect(request()).rejects.toThrow('JSON');
    expect(store()).toBe(before);
    expect(await request()).toMatchObject({ status: 200, body: { outcome: 'DONE' } });
  });

  it('whose answer is lost is executed, and a repeat gets the answer', async () => {
    const request = await validRequest(operation);
    const before = balance();
    await plan({ [operation]: [{ do: 'lose', count: 1 }] });
    await expect(request()).rejects.toMatchObject(RESET);
    const after = balance();
    expect(after).not.toBe(before);
    expect(await request()).toMatchObject({ status: 200, body: { outcome: 'DONE' } });
    expect(balance()).toBe(after);
  });

  it('stores a planned refusal as its answer, except a reversal, which can be repeated', async () => {
    const request = await validRequest(operation);
    const before = balance();
    await plan({ [operation]: [{ do: 'refuse', reason: 'OTHER', count: 1 }] });
    const first = await request();
    expect(first).toMatchObject({ status: 200, body: { outcome: 'REFUSED', reason: 'OTHER' } });
    expect(balance()).toBe(before);
    const second = await request();
    if (operation === 'coreReversal') expect(second).toMatchObject({ body: { outcome: 'DONE' } });
    else expect(second.text).toBe(first.text);
  });

  it('with a stored answer keeps it, and the planned refusal waits for a new operation', async () => {
    const request = await validRequest(operation);
    const { text } = await request();
    const refusal = { do: 'refuse', reason: 'LIMIT_EXCEEDED', count: 1 };
    await plan({ [operation]: [refusal] });
    expect((await request()).text).toBe(text);
    expect(await (await validRequest(operation))()).toMatchObject({ body: expect.anything() });
    expect(simulator.running.faults.left()[operation]).toEqual([]);
  });
});

describe('A planned refusal', () => {
  it('is not used for an invalid request', async () => {
    await plan({ coreDebit: [{ do: 'refuse', reason: 'OTHER', count: 1 }] });
    expect(await core.debit(debitOf(account, newId(), { amount: '1' }))).toMatchObject({ status: 400 });
    expect(simulator.running.faults.left().coreDebit).toHaveLength(1);
  });
});

describe('Queries of the core', () => {
  it('have every fault except a refusal', async () => {
    for (const [method, query] of [
      ['coreAccounts', () => core.accounts(CUSTOMER)],
      ['coreOutcome', () => core.outcome('any')],
    ] as const) {
      await plan({
        [method]: [
          { do: 'lose', count: 1 },
          { do: 'status', httpStatus: 500, count: 1 },
        ],
      });
      await expect(query()).rejects.toMatchObject(RESET);
      await expect(query()).rejects.toThrow('JSON');
      const { status, body } = await plan({ [method]: [{ do: 'refuse', reason: 'OTHER' }] });
      expect({ status, message: body.message }).toEqual({
        status: 400,
        message: `${method}[0]: ${method} has nothing to refuse with; "status" answers an HTTP error`,
      });
    }
  });

  it('are not affected by faults of the PS or of notifications', async () => {
    await plan({ scan: [{ do: 'reset' }], notification: [{ do: 'reset' }] });
    expect(await core.accounts(CUSTOMER)).toMatchObject({ status: 200 });
  });
});

describe('A slow answer', () => {
  it('arrives late, and its operation was executed at once', async () => {
    await plan({ coreDebit: [{ do: 'slow', ms: 150, count: 1 }] });
    const since = performance.now();
    const answer = core.debit(debitOf(account, newId()));
    while (simulator.running.faults.left().coreDebit.length > 0) await simulator.client.get('/health');
    expect(balance()).toBe('900.00');
    expect(await answer).toMatchObject({ status: 200, body: { outcome: 'DONE' } });
    expect(performance.now() - since).toBeGreaterThanOrEqual(149);
  });

  it('arrives late from the PS too, also if it is a refusal', async () => {
    await plan({ scan: [{ do: 'slow', ms: 100, count: 1 }] });
    const since = performance.now();
    expect((await simulator.client.scan('592')).result.resultCode).toBe('INVALID_TOKEN');
    expect(performance.now() - since).toBeGreaterThanOrEqual(99);
  });

  it('does not delay the stop of the simulator', async () => {
    await plan({ coreDebit: [{ do: 'slow', ms: 60_000, count: 1 }] });
    const answer = core.debit(debitOf(account, newId()));
    while (simulator.running.faults.left().coreDebit.length > 0) await simulator.client.get('/health');
    await simulator.restart();
    expect(await answer).toMatchObject({ body: { outcome: 'DONE' } });
  });
});

describe('An invalid plan of faults', () => {
  it.each<[string, unknown, string]>([
    [
      'a refusal of the core with a result code of the PS',
      { coreDebit: [{ do: 'refuse', resultCode: 'RISK_REJECT' }] },
      'coreDebit[0].reason',
    ],
    [
      'a refusal of the PS with a reason of the core',
      { scan: [{ do: 'refuse', reason: 'OTHER' }] },
      'scan[0].resultCode',
    ],
    [
      'a refusal with a reason and a result code',
      { coreDebit: [{ do: 'refuse', reason: 'OTHER', resultCode: 'X' }] },
      'coreDebit[0]: Unrecognized key: "resultCode"',
    ],
    ['an unknown reason', { coreCredit: [{ do: 'refuse', reason: 'NO' }] }, 'must be one of INSUFFICIENT_FUNDS'],
    ['a slow answer without a time', { scan: [{ do: 'slow' }] }, 'scan[0].ms'],
    ['a slow answer of an hour', { scan: [{ do: 'slow', ms: 3_600_000 }] }, '1 to 600000'],
  ])('with %s is refused with the reason', async (_what, plan, message) => {
    const { status, body } = await simulator.client.faults('PUT', plan);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });
});
