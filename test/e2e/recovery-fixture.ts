import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import type { Problem } from '../support/problems.js';
import { until } from '../support/until.js';

const SETTINGS = {
  CONFIRM_WAIT_MS: '0',
  OUTBOX_POLL_MS: '20',
  NOTIFY_RETRY_BASE_MS: '20',
  NOTIFY_RETRY_MAX_MS: '100',
  CORE_BANKING_RETRY_BASE_MS: '20',
  CORE_BANKING_RETRY_MAX_MS: '100',
  REFUND_RETRY_BASE_MS: '20',
  REFUND_RETRY_MAX_MS: '100',
};

export interface Recovery {
  status: string;
  openPayments: { id: string; status: string; debitAtCore: string | null }[];
  openRefunds: { refundId: string }[];
  deferredRefunds: { refundId: string; refusal: string }[];
  closedPayments: { id: string; status: string }[];
}

/** How far the life of a payment had come when the backup was made. */
type Step = 'scanned' | 'being debited' | 'debited' | 'paid';

/** A server whose database can be restored to a backup, and the outside world that remembers, for one describe block. */
export function recoveryFixture(atCore: boolean) {
  let simulator: RunningSimulator;
  let server: TestServer | null = null;
  let database: TestDatabase;
  const databases: TestDatabase[] = [];
  let customers = 0;

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: () => `${running().kaspiUrl}/refund` });
  });
  afterEach(async () => {
    simulator.faults.clear();
    await server?.stop();
    server = null;
    for (const each of databases.splice(0)) await each.drop();
  });
  afterAll(() => simulator.stop());

  function running(): TestServer {
    if (server === null) throw new Error('no server is running');
    return server;
  }

  async function start(on: TestDatabase, env: Record<string, string> = {}): Promise<void> {
    await server?.stop();
    server = null;
    if (!databases.includes(on)) databases.push(on);
    database = on;
    const core = atCore && { CORE_BANKING_URL: simulator.core.url };
    const notifications = { NOTIFICATION_URL: `${simulator.url}/notifications`, NOTIFICATION_SECRET: SECRET };
    const addresses = { DATABASE_URL: on.url, KASPI_BASE_URL: simulator.url, ...core, ...notifications };
    server = await startTestServer({ ...SETTINGS, ...addresses, ...env });
  }

  /** A copy of the database as it is now; the server is stopped and started again around it. */
  async function backup(): Promise<TestDatabase> {
    await server?.stop();
    server = null;
    const copy = await database.copy();
    databases.push(copy);
    await start(database);
    return copy;
  }

  async function restore(copy: TestDatabase, env: Record<string, string> = {}): Promise<void> {
    await start(copy, { RECOVERED_FROM: new Date().toISOString(), ...env });
  }

  const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  async function newCustomer(): Promise<string> {
    if (!atCore) return (await running().mpp.customer('1000.00')).id;
    const id = `8109${String(++customers).padStart(8, '0')}`;
    simulator.core.openAccount({ customerId: id, name: 'Зарплатный', balance: '1000.00' });
    return id;
  }

  const app = (customer: string) => running().mpp.as(customer);
  const balanceOf = async (customer: string) =>
    atCore ? simulator.core.accounts(customer)[0]?.balance : (await app(customer)).balance();
  const untilStatus = async (customer: string, id: string, status: string) =>
    until(
      `the payment is ${status}`,
      async () => (await (await app(customer)).payment(id)).body.status,
      (now) => now === status,
    );
  const operator = async <Body>(method: string, path: string, body?: object) =>
    running().mpp.call<Body & Problem>(method, `/ops/v1/${path}`, {
      token: await running().mpp.teamToken('admin'),
      ...(body && { body }),
    });
  const recovery = async () => (await operator<Recovery>('GET', 'recovery')).body;

  async function scan(customer: string, amount = '100.00'): Promise<{ id: string; qrCode: string }> {
    const body = JSON.stringify({ type: 'Dynamic', amount, lifetimeSeconds: 3600 });
    const { qrCode } = (await (await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body })).json()) as {
      qrCode: string;
    };
    return { id: (await (await app(customer)).scan(qrCode)).body.payment.id, qrCode };
  }

  /** A payment of 100.00 with a refund of 40.00, and a copy of the database from the step in between. */
  async function lived(step: Step) {
    await start(await createDatabase());
    const customer = await newCustomer();
    const { id } = await scan(customer);
    let copy: TestDatabase | null = null;
    if (step === 'scanned') copy = await backup();
    if (step === 'being debited') {
      simulator.faults.set({ coreDebit: [{ do: 'lose' }], coreOutcome: [{ do: 'reset' }] });
      await (await app(customer)).confirm(id);
      await until(
        'the core has debited',
        () => balanceOf(customer),
        (balance) => balance === '900.00',
      );
      copy = await backup();
      simulator.faults.clear();
    }
    if (step === 'debited') {
      simulator.faults.set({ notifyPayment: [{ do: 'reset' }] });
      await (await app(customer)).confirm(id);
      await untilStatus(customer, id, 'PROCESSING');
      copy = await backup();
      simulator.faults.clear();
    }
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    if (step === 'paid') copy = await backup();
    const purchase = simulator.purchases(customer)[0]?.paymentId ?? '';
    const { refundId } = await simulator.refund(purchase, '40.00');
    await until(
      'the refund is credited',
      () => balanceOf(customer),
      (balance) => balance === '940.00',
    );
    const events = () =>
      simulator.notifications({ customerId: customer }).map(({ type, webhookId }) => `${type} ${webhookId}`);
    await until(
      'the gateway knows',
      () => events().length,
      (count) => count === 3,
    );
    if (copy === null) throw new Error(`no backup was made at the step ${step}`);
    return { customer, id, purchase, refundId, copy, events, known: new Set(events()) };
  }

  /** The four truths: the books, the PS, the accounts, the gateway. A forgotten refund is in the registry, not in our books. */
  async function expectPaidOnce(
    { customer, id, purchase, events, known }: Awaited<ReturnType<typeof lived>>,
    refunded: string,
  ) {
    await untilStatus(customer, id, 'CONFIRMED');
    expect((await (await app(customer)).payment(id)).body).toMatchObject({ refundedAmount: refunded });
    expect(simulator.purchases(customer)).toMatchObject([
      { paymentId: purchase, status: 'CONFIRMED', mppPaymentId: id },
    ]);
    const debited = 1000 - 100 + (atCore ? 40 : Number(refunded));
    await until(
      'the money is there',
      () => balanceOf(customer),
      (balance) => Number(balance) === debited,
    );
    expect((await running().mpp.trialBalance()).balanced).toBe(true);
    await until('nothing is left', recovery, (left) => left.openPayments.length + left.openRefunds.length === 0);
    await until(
      'everything is delivered',
      () => database.query('select topic, key from outbox_messages'),
      (rows) => rows.length === 0,
    );
    // Whatever is told again is told under the same id.
    expect(events().filter((event) => !known.has(event))).toEqual([]);
  }

  return {
    ...{
      start,
      backup,
      restore,
      running,
      newCustomer,
      app,
      scan,
      lived,
      expectPaidOnce,
      untilStatus,
      recovery,
      operator,
    },
    /** Of the database in use. */
    query: (sql: string, parameters?: unknown[]) => database.query(sql, parameters),
    restart: (env: Record<string, string> = {}) => start(database, env),
    purchases: () => simulator.purchases(),
    faults: () => simulator.faults,
  };
}
