import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import type { Problem } from '../support/problems.js';
import { until } from '../support/until.js';

const CORE_TOKEN = 'token-of-the-core';

/** A server with the simulated PS and bank's core, for one spec file: registers the hooks that start and stop them. */
export function simulatedCoreFixture() {
  const fixture = {} as { database: TestDatabase; simulator: RunningSimulator; server: TestServer };
  let customers = 0;

  beforeAll(async () => {
    fixture.database = await createDatabase();
    fixture.simulator = await startSimulator({
      port: 0,
      storeFile: null,
      coreToken: CORE_TOKEN,
      refundUrl: () => `${fixture.server.kaspiUrl}/refund`,
    });
    fixture.server = await startTestServer({
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: fixture.simulator.url,
      CORE_BANKING_URL: fixture.simulator.core.url,
      CORE_BANKING_TOKEN: CORE_TOKEN,
      CORE_BANKING_TIMEOUT_MS: '2000',
      CORE_BANKING_RETRY_BASE_MS: '20',
      CORE_BANKING_RETRY_MAX_MS: '100',
      REFUND_RETRY_BASE_MS: '20',
      REFUND_RETRY_MAX_MS: '100',
      KASPI_TIMEOUT_MS: '5000',
      NOTIFY_RETRY_BASE_MS: '20',
      NOTIFY_RETRY_MAX_MS: '100',
      OUTBOX_POLL_MS: '20',
      CONFIRM_WAIT_MS: '8000',
    });
  });

  afterAll(async () => {
    await fixture.server?.stop();
    await fixture.simulator?.stop();
    await fixture.database?.drop();
  });

  afterEach(() => fixture.simulator.faults.clear());

  /** A customer whose account is at the bank's core. */
  async function customer(balance = '1000.00', changes: object = {}) {
    const id = `8008${String(++customers).padStart(8, '0')}`;
    const account = fixture.simulator.core.openAccount({ customerId: id, name: 'Зарплатный', balance, ...changes });
    const calls = await fixture.server.mpp.as(id);
    return {
      id,
      ...calls,
      account: account.id,
      atCore: (which = account.id) => fixture.simulator.core.accounts(id).find((each) => each.id === which)?.balance,
      operations: () =>
        fixture.simulator.core
          .operations({ customerId: id })
          .map(({ kind, outcome, moved }) => `${kind} ${outcome}${moved ? '' : ' without a movement'}`),
    };
  }

  type Customer = Awaited<ReturnType<typeof customer>>;

  async function qr(amount = '100.00'): Promise<string> {
    const body = JSON.stringify({ type: 'Dynamic', amount });
    const answer = await fetch(`${fixture.simulator.url}/pos/qr`, { method: 'POST', body });
    return ((await answer.json()) as { qrCode: string }).qrCode;
  }

  const scan = async (who: Customer, amount?: string) => (await who.scan(await qr(amount))).body.payment.id;
  const purchaseOf = (who: Customer) => fixture.simulator.purchases(who.id)[0];

  async function untilStatus(who: Customer, id: string, status: string) {
    return until(
      `the payment is ${status}`,
      async () => (await who.payment(id)).body,
      (payment) => payment.status === status,
    );
  }

  async function refundOf(who: Customer, status: string) {
    const token = await fixture.server.mpp.customerToken(who.id);
    return until(
      `the refund is ${status}`,
      async () =>
        (await fixture.server.mpp.call<{ items: Record<string, unknown>[] }>('GET', '/v1/refunds', { token })).body
          .items[0],
      (refund) => refund?.status === status,
    );
  }

  async function ops<Body = Problem>(method: string, path: string, body?: object, role = 'operations') {
    return fixture.server.mpp.call<Body>(method, `/ops/v1/${path}`, {
      token: await fixture.server.mpp.teamToken(role),
      ...(body && { body }),
    });
  }

  const alertsAbout = async (subject: string) =>
    (await ops<{ items: { kind: string }[] }>('GET', `alerts?subject=${subject}`)).body.items.map(({ kind }) => kind);

  /** A confirmed payment. Returns its id and the id of the purchase. */
  async function pay(who: Customer, amount = '100.00') {
    const id = await scan(who, amount);
    expect(await who.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    return { id, purchase: purchaseOf(who)?.paymentId ?? '' };
  }

  async function statusesOf(id: string): Promise<string[]> {
    const token = await fixture.server.mpp.teamToken('support');
    const { body } = await fixture.server.mpp.call<{ history: { status: string }[] }>('GET', `/ops/v1/payments/${id}`, {
      token,
    });
    return body.history.map(({ status }) => status);
  }

  return { fixture, customer, qr, scan, purchaseOf, untilStatus, refundOf, ops, alertsAbout, pay, statusesOf };
}
