import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { expectProblem, type Problem } from '../support/problems.js';
import { PsRefunds } from '../support/ps-refunds.js';
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
const REASON = 'the registries agree';

interface Recovery {
  status: string;
  openPayments: { id: string; status: string; debitAtCore: string | null }[];
  openRefunds: { refundId: string }[];
  deferredRefunds: { refundId: string; refusal: string }[];
  closedPayments: { id: string; status: string }[];
}

/** How far the life of a payment had come when the backup was made. */
type Step = 'scanned' | 'being debited' | 'debited' | 'paid';

describe.each(['the own ledger', 'a bank’s core'] as const)(
  'a server whose database was set back, with %s (R39)',
  (accounts) => {
    const atCore = accounts === 'a bank’s core';
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

    async function restore(copy: TestDatabase): Promise<void> {
      await start(copy, { RECOVERED_FROM: new Date().toISOString() });
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

    it('that had been confirmed by the PS has it as before, and a refund that the PS repeats is credited once', async () => {
      const life = await lived('paid');
      await restore(life.copy);
      await expectPaidOnce(life, '0.00');
      const again = {
        refundId: life.refundId,
        customerId: life.customer,
        paymentId: life.purchase,
        refundAmount: '40.00',
      };
      expect((await new PsRefunds(`${running().kaspiUrl}/refund`).refund(again)).result?.resultCode).toBe('SUCCESS');
      await expectPaidOnce(life, '40.00');
    });

    it('that was debited and not answered by the PS asks the PS again', async () => {
      const life = await lived('debited');
      await restore(life.copy);
      await expectPaidOnce(life, '0.00');
    });

    if (atCore) {
      it('that was being debited, long before its deadline passed, asks the core before anything else', async () => {
        const life = await lived('being debited');
        await life.copy.query(
          `update outbox_messages set payload = jsonb_set(payload::jsonb, '{deadline}', '"2020-01-01T00:00:00Z"') where topic = 'coreDebit'`,
        );
        await restore(life.copy);
        await expectPaidOnce(life, '0.00');
      });
    }

    it('that was only scanned is neither closed nor refused for ever: the customer’s confirm finds the PS and the core as they are', async () => {
      const life = await lived('scanned');
      await restore(life.copy);
      const { customer, id, purchase } = life;
      const before = await recovery();
      expect(before).toMatchObject({ status: 'ACTIVE', closedPayments: [], openRefunds: [], deferredRefunds: [] });
      expect(before.openPayments).toMatchObject([{ id, debitAtCore: atCore ? 'DONE' : null }]);

      expectProblem((await (await app(customer)).cancel(id)) as never, 503, 'RECOVERY');
      expect(await running().app.get(Expiry, { strict: false }).expireDue()).toBe(0);
      const ps = new PsRefunds(`${running().kaspiUrl}/refund`);
      const refund = { refundId: `after-${id}`, customerId: customer, paymentId: purchase, refundAmount: '10.00' };
      expect(await ps.refund(refund)).toMatchObject({ status: 503, text: '' });
      expect(await ps.refund({ ...refund, paymentId: 'unknown', refundId: `unknown-${id}` })).toMatchObject({
        status: 503,
      });
      expect((await recovery()).deferredRefunds).toMatchObject([
        { refundId: refund.refundId, refusal: 'NOT_DEBITED' },
        { refundId: `unknown-${id}`, refusal: 'UNKNOWN_PAYMENT' },
      ]);

      await (await app(customer)).confirm(id);
      await expectPaidOnce(life, '0.00');
      expect((await recovery()).closedPayments).toMatchObject([{ id, status: 'CONFIRMED' }]);
      expect(await ps.refund(refund)).toMatchObject({ status: 200, result: { resultCode: 'SUCCESS' } });
      expect((await recovery()).deferredRefunds).toMatchObject([{ refundId: `unknown-${id}` }]);

      const ended = await operator<Recovery>('POST', 'recovery/end', { reason: REASON });
      expect(ended).toMatchObject({
        status: 200,
        body: { status: 'ENDED', endedBy: expect.any(String), reason: REASON },
      });
      expect(await operator('POST', 'recovery/end', { reason: REASON })).toMatchObject({ status: 200 });
      expectProblem(await operator('POST', 'recovery/end', { reason: 'another reason' }), 409, 'STATE_CONFLICT');
      expect(await database.query(`select action, reason from access_audit where action = 'RECOVERY_ENDED'`)).toEqual([
        { action: 'RECOVERY_ENDED', reason: REASON },
      ]);
      expect(await ps.refund({ ...refund, paymentId: 'unknown', refundId: `unknown-${id}` })).toMatchObject({
        status: 200,
        result: { resultCode: 'PARAM_ILLEGAL' },
      });
    });

    if (!atCore) {
      it('declines nobody for lack of money while their payment may have been paid', async () => {
        const life = await lived('scanned');
        await restore(life.copy);
        const { customer, id } = life;
        const spent = (await scan(customer, '1000.00')).id;
        await (await app(customer)).confirm(spent);
        await untilStatus(customer, spent, 'CONFIRMED');
        expectProblem((await (await app(customer)).confirm(id)) as never, 503, 'RECOVERY');
        expect((await (await app(customer)).payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
      });
    }

    it('that had closed a purchase, and forgot it, does not take the PS’s SUCCESS to another customer for a payment (R38)', async () => {
      await start(await createDatabase());
      const [first, second] = [await newCustomer(), await newCustomer()];
      const { id: closed, qrCode } = await scan(first);
      const { id } = (await (await app(second)).scan(qrCode)).body.payment;
      const copy = await backup();
      await (await app(first)).cancel(closed);
      await until(
        'the purchase is closed',
        () => simulator.purchases()[0]?.status,
        (status) => status === 'CLOSED',
      );
      await restore(copy);
      await (await app(second)).confirm(id);
      await until(
        'the PS has answered',
        () =>
          database.query(
            `select 1 from kaspi_calls where method = 'notifyPayment' and payment_id = $1 and result_code = 'SUCCESS'`,
            [id],
          ),
        (rows) => rows.length > 1,
      );
      expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
      await operator('POST', 'recovery/end', { reason: REASON });
      const calls = (await database.query('select 1 from kaspi_calls where payment_id = $1', [id])).length;
      await until(
        'it is asked again',
        () => database.query('select 1 from kaspi_calls where payment_id = $1', [id]),
        (rows) => rows.length > calls + 2,
      );
      expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
    });

    it('does not begin a recovery again after it was ended, and one that was not is gone on with', async () => {
      const from = new Date(Date.now() - 1000).toISOString();
      await start(await createDatabase(), { RECOVERED_FROM: from });
      await start(database);
      expect((await recovery()).status).toBe('ACTIVE');
      await operator('POST', 'recovery/end', { reason: REASON });
      await start(database, { RECOVERED_FROM: from });
      expect((await recovery()).status).toBe('ENDED');
    });

    it('never had a recovery otherwise: there is none to end', async () => {
      await start(await createDatabase());
      expect((await recovery()).status).toBe('NONE');
      expectProblem(await operator('POST', 'recovery/end', { reason: REASON }), 409, 'STATE_CONFLICT');
    });
  },
);
