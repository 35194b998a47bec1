import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { expectProblem, type Problem } from '../support/problems.js';
import { until } from '../support/until.js';

const CORE_TOKEN = 'token-of-the-core';
const SECOND = 1000;

let database: TestDatabase;
let simulator: RunningSimulator;
let server: TestServer;
let customers = 0;

beforeAll(async () => {
  database = await createDatabase();
  simulator = await startSimulator({
    port: 0,
    truthFile: null,
    coreToken: CORE_TOKEN,
    refundUrl: () => `${server.kaspiUrl}/refund`,
  });
  server = await startTestServer({
    DATABASE_URL: database.url,
    KASPI_BASE_URL: simulator.url,
    CORE_BANKING_URL: simulator.core.url,
    CORE_BANKING_TOKEN: CORE_TOKEN,
    CORE_BANKING_TIMEOUT_MS: '300',
    CORE_BANKING_RETRY_BASE_MS: '20',
    CORE_BANKING_RETRY_MAX_MS: '100',
    REFUND_RETRY_BASE_MS: '20',
    REFUND_RETRY_MAX_MS: '100',
    KASPI_TIMEOUT_MS: '500',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '100',
    OUTBOX_POLL_MS: '20',
    CONFIRM_WAIT_MS: '3000',
  });
});

afterAll(async () => {
  await server?.stop();
  await simulator?.stop();
  await database?.drop();
});

afterEach(() => simulator.faults.clear());

/** A customer whose account is at the bank's core. */
async function customer(balance = '1000.00', changes: object = {}) {
  const id = `8008${String(++customers).padStart(8, '0')}`;
  const account = simulator.core.openAccount({ customerId: id, name: 'Зарплатный', balance, ...changes });
  const calls = await server.mpp.as(id);
  return {
    id,
    ...calls,
    account: account.id,
    atCore: (which = account.id) => simulator.core.accounts(id).find((each) => each.id === which)?.balance,
    operations: () =>
      simulator.core.operations({ customerId: id }).map(({ kind, answer }) => `${kind} ${answer?.outcome ?? 'MARK'}`),
  };
}
type Customer = Awaited<ReturnType<typeof customer>>;

async function qr(amount = '100.00'): Promise<string> {
  const body = JSON.stringify({ type: 'Dynamic', amount });
  const answer = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body });
  return ((await answer.json()) as { qrCode: string }).qrCode;
}

const scan = async (who: Customer, amount?: string) => (await who.scan(await qr(amount))).body.payment.id;
const purchaseOf = (who: Customer) => simulator.purchases(who.id)[0];

async function untilStatus(who: Customer, id: string, status: string) {
  return until(
    `the payment is ${status}`,
    async () => (await who.payment(id)).body,
    (payment) => payment.status === status,
  );
}

describe('with a bank’s core', () => {
  it('a payment debits the account there, once, and is confirmed', async () => {
    const alia = await customer();
    const id = await scan(alia);
    const paid = await alia.confirm(id);
    expect(paid).toMatchObject({ status: 200, body: { status: 'CONFIRMED', amount: '100.00' } });
    expect(alia.atCore()).toBe('900.00');
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(alia.operations()).toEqual(['DEBIT DONE']);
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('a debit that it refuses is DECLINED, and the PS is told PROCESS_FAIL', async () => {
    const alia = await customer('99.99');
    const id = await scan(alia);
    const declined = await alia.confirm(id);
    expect(declined).toMatchObject({ status: 200, body: { status: 'DECLINED', failure: { code: 'INSUFFICIENT_FUNDS' } } });
    await until(
      'the PS knows',
      () => purchaseOf(alia),
      (purchase) => purchase?.result === 'PROCESS_FAIL',
    );
    expect(alia.atCore()).toBe('99.99');
  });

  it('a PS that refuses has the money given back there: REVERSING, then REVERSED', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ notifyPayment: [{ do: 'refuse', resultCode: 'RISK_REJECT', count: 1 }], coreReversal: [{ do: 'reset', count: 2 }] });
    const reversed = await alia.confirm(id);
    expect(reversed).toMatchObject({ status: 200, body: { status: 'REVERSED', failure: { code: 'KASPI_REFUSED' } } });
    expect(alia.atCore()).toBe('1000.00');
    expect(alia.operations()).toEqual(['REVERSAL DONE', 'DEBIT DONE']);
    expect(await statusesOf(id)).toEqual(['AWAITING_CONFIRMATION', 'DEBITING', 'PROCESSING', 'REVERSING', 'REVERSED']);
  });

  it.each([
    ['reset', { do: 'reset', count: 3 }],
    ['lost', { do: 'lose', count: 2 }],
    ['silent', { do: 'hang', count: 1 }],
    ['an error', { do: 'status', httpStatus: 502, count: 3 }],
    ['no JSON', { do: 'garbage', count: 3 }],
  ] as const)('an answer that is %s is asked for again, and the customer is debited once', async (_, fault) => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ coreDebit: [fault] });
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(alia.atCore()).toBe('900.00');
    expect(alia.operations()).toEqual(['DEBIT DONE']);
  });
});

async function statusesOf(id: string): Promise<string[]> {
  const token = await server.mpp.teamToken('support');
  const { body } = await server.mpp.call<{ history: { status: string }[] }>('GET', `/ops/v1/payments/${id}`, { token });
  return body.history.map(({ status }) => status);
}
