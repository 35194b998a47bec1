import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CoreFault, type Fault, type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { disagreements } from '../support/agreement.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** The seed of a failed run repeats its choices, but not their timing. */
const SEED = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 1_000_000));
const CUSTOMERS = 4;
const KILLS = 3;
/** On a machine that is busy; it only ends a hang. */
const AGREEMENT_WITHIN_MS = 400_000;
const PAID_IN = '2000.00';
/** Retries are quick, and a payment is in doubt soon. */
const SETTINGS = {
  CONFIRM_WAIT_MS: '300',
  CONFIRM_MARGIN_MS: '200',
  KASPI_TIMEOUT_MS: '300',
  SCAN_TIMEOUT_MS: '300',
  CORE_BANKING_TIMEOUT_MS: '300',
  DATABASE_TIMEOUT_MS: '3000',
  OUTBOX_POLL_MS: '50',
  EXPIRY_POLL_MS: '200',
  IN_DOUBT_AFTER_MS: '2000',
  ...{ NOTIFY_RETRY_BASE_MS: '50', NOTIFY_RETRY_MAX_MS: '200' },
  ...{ CORE_BANKING_RETRY_BASE_MS: '50', CORE_BANKING_RETRY_MAX_MS: '200' },
  ...{ REFUND_RETRY_BASE_MS: '50', REFUND_RETRY_MAX_MS: '200' },
};

const silences = [
  { do: 'lose', probability: 0.15 },
  { do: 'reset', probability: 0.1 },
  { do: 'status', httpStatus: 503, probability: 0.05 },
  { do: 'garbage', probability: 0.03 },
  { do: 'slow', ms: 150, probability: 0.1 },
  { do: 'hang', probability: 0.03 },
] as const;
/** A PS that has confirmed does not refuse later: it refuses only before it processes a notify. */
const notify: readonly Fault[] = [...silences, { do: 'refuse', resultCode: 'PAYMENTS_SUSPENDED', probability: 0.1 }];
const refusals: readonly CoreFault[] = [{ do: 'refuse', reason: 'OTHER', probability: 0.1 }];
const order: readonly CoreFault[] = [...silences, { do: 'slow', ms: 500, probability: 0.05 }, ...refusals];

/** Random numbers from 0 to 1, without 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Two server processes are killed again and again while customers pay and shops refund. */
describe(`with a bank’s core and a PS that fail (PROPERTY_SEED=${SEED})`, () => {
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let servers: ServerProcess[] = [];
  let env: Record<string, string>;
  const random = randomOf(SEED);
  const paidIn = new Map<string, bigint>();
  const customers = Array.from({ length: CUSTOMERS }, (_, index) => `8009${String(index).padStart(8, '0')}`);

  beforeAll(async () => {
    database = await createDatabase();
    const refundUrl = () => `${any(servers, random).kaspiUrl}/refund`;
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl, random: randomOf(SEED + 1) });
    const urls = { KASPI_BASE_URL: simulator.url, CORE_BANKING_URL: simulator.core.url };
    env = { ...SETTINGS, ...urls, DATABASE_URL: database.url };
    servers = await Promise.all([ServerProcess.start(env), ServerProcess.start(env)]);
    for (const customerId of customers) {
      for (const preferred of [true, false]) {
        const order = { customerId, name: preferred ? 'Зарплатный' : 'Запасной', balance: PAID_IN, preferred };
        paidIn.set(simulator.core.openAccount(order).id, 200_000n);
      }
    }
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await simulator?.stop();
    await database?.drop();
  });

  /** A customer's actions; most calls fail and are repeated. */
  async function actAsCustomer(customer: string, choose: () => number, continues: () => boolean): Promise<void> {
    while (continues()) {
      await Promise.race([pays(customer, choose), pause(5000)]).catch(() => undefined);
      if (choose() < 0.5) refunds(customer, choose);
      if (choose() < 0.2) changesAccount(customer, choose);
    }
  }

  async function pays(customer: string, choose: () => number): Promise<void> {
    const lifetimeSeconds = choose() < 0.3 ? 2 : 600;
    const amount = `${1 + Math.floor(choose() * 90)}.${choose() < 0.5 ? '00' : '37'}`;
    const body = JSON.stringify({ type: 'Dynamic', amount, lifetimeSeconds });
    const made = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body });
    const { qrCode } = (await made.json()) as { qrCode: string };
    for (let tries = 0; tries < 3; tries++) {
      // Sometimes another customer pays the same purchase.
      const who = choose() < 0.1 ? any(customers, choose) : customer;
      const app = await any(servers, choose).mpp.as(who);
      const scanned = await app.scan(qrCode).catch(() => null);
      if (scanned === null || scanned.status >= 300) continue;
      const { id } = scanned.body.payment;
      const twice = [any(servers, choose), any(servers, choose)].slice(choose() < 0.8 ? 1 : 0);
      await Promise.allSettled(twice.map(async ({ mpp }) => (await mpp.as(who)).confirm(id)));
      if (choose() < 0.1) await app.cancel(id);
    }
  }

  function refunds(customer: string, choose: () => number): void {
    const paid = simulator.purchases(customer).filter(({ status }) => status === 'CONFIRMED');
    const purchase = paid[Math.floor(choose() * paid.length)];
    if (purchase === undefined) return;
    const amount = choose() < 0.3 ? (purchase.amount ?? '') : '0.50';
    // The PS refuses a refund of more than was paid.
    simulator.refund(purchase.paymentId, amount).catch(() => undefined);
  }

  function changesAccount(customer: string, choose: () => number): void {
    const { id } = any(simulator.core.accounts(customer), choose);
    const status = any(['OPEN', 'OPEN', 'BLOCKED', 'CLOSED'] as const, choose);
    simulator.core.changeAccount(id, { status });
  }

  async function killAndRestart(): Promise<void> {
    const victim = Math.floor(random() * servers.length);
    await servers[victim]?.kill();
    await pause(random() * 300);
    servers[victim] = await ServerProcess.start(env);
    await pause(300 + random() * 700);
  }

  /** An operator reverses payments in doubt that are not paid at the PS. A repeated notify settles the others. */
  async function settleDoubt(): Promise<void> {
    const rows = await database.query<{ id: string; kaspi_payment_id: string }>(
      `select id, kaspi_payment_id from qr_payments where status = 'IN_DOUBT'`,
    );
    for (const { id, kaspi_payment_id } of rows) {
      const purchase = simulator.purchases().find(({ paymentId }) => paymentId === kaspi_payment_id);
      if (purchase?.status !== 'CONFIRMED') await servers[0]?.mpp.resolve(id, 'REVERSED');
    }
  }

  /** Cancels the payments that are not confirmed. */
  async function cancelWaiting(): Promise<void> {
    const rows = await database.query<{ id: string; customer_id: string }>(
      `select id, customer_id from qr_payments where status like 'AWAITING%'`,
    );
    for (const { id, customer_id } of rows) await (await (servers[0] as ServerProcess).mpp.as(customer_id)).cancel(id);
  }

  it(
    'no money is lost or made when servers are killed at any moment: the core, the PS and our journal agree',
    async () => {
      simulator.faults.set({
        notifyPayment: notify,
        coreAccounts: silences,
        coreOutcome: silences,
        coreDebit: order,
        coreCredit: order,
        coreReversal: order,
      });
      let killing = true;
      const histories = customers.map((customer, index) =>
        actAsCustomer(customer, randomOf(SEED + 2 + index), () => killing),
      );
      for (let kill = 1; kill <= KILLS; kill++) await killAndRestart();
      killing = false;
      await Promise.all(histories);

      simulator.faults.clear();
      for (const { id } of simulator.core.accounts()) simulator.core.changeAccount(id, { status: 'OPEN' });
      await cancelWaiting();
      await until(
        'agreement',
        async () => {
          await settleDoubt();
          return disagreements({ database, simulator, customers, paidIn });
        },
        (found) => found.length === 0,
        AGREEMENT_WITHIN_MS,
      );
      const [{ payments, debits, reversals, credits }] = (await database.query(
        `select (select count(*)::int from qr_payments) as payments, count(*) filter (where kind = 'DEBIT')::int as debits,
         count(*) filter (where kind = 'REVERSAL')::int as reversals, count(*) filter (where kind = 'CREDIT')::int as credits
       from core_operations`,
      )) as [Record<string, number>];
      if (process.env.PROPERTY_TALLY !== undefined) {
        const ends = await database.query(
          'select status, settled_by, count(*)::int from qr_payments group by 1, 2 order by 1',
        );
        process.stderr.write(`${JSON.stringify({ payments, debits, reversals, credits, ends })}\n`);
      }
      // Otherwise the test has shown nothing.
      for (const number of [payments, debits, reversals, credits]) expect(number).toBeGreaterThan(0);
      const server = servers[0] as ServerProcess;
      expect((await server.mpp.trialBalance()).balanced).toBe(true);
      expect(await database.query('select topic, key from outbox_messages')).toEqual([]);
    },
    2 * AGREEMENT_WITHIN_MS,
  );
});

function any<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
