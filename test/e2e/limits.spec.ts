import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, KaspiPeer, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const HOUR = 3_600_000;

let database: TestDatabase;
let kaspi: KaspiPeer;
const servers: TestServer[] = [];
/** Noon in Almaty. */
const clock = new TestClock(new Date('2026-03-10T07:00:00Z'));

async function serverWith(limits: Record<string, string>): Promise<TestServer> {
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, BACKGROUND_WORK: 'off', ...limits };
  const server = await startTestServer(env, clock);
  servers.push(server);
  return server;
}

const customer = ({ mpp }: TestServer) => mpp.customer('100000.00');

let purchases = 0;
const answering = (amount: string) =>
  happyKaspi({ amount, confirmUntil: new Date(clock.now().getTime() + HOUR).toISOString() });

/** One more purchase of this amount, confirmed. */
async function pay(who: Awaited<ReturnType<typeof customer>>, amount = '1000.00', qrCode = 'shop') {
  kaspi.script = answering(amount);
  const { id } = (await who.scan(`${qrCode}-${++purchases}`)).body.payment;
  return (await who.confirm(id)).body;
}

const LIMIT = { status: 'DECLINED', failure: { code: 'LIMIT_EXCEEDED' } };

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await kaspi.close();
  await database.drop();
});

beforeEach(() => {
  kaspi.arrived.length = 0;
});

describe('limits that the participant sets', () => {
  it('are off by default: any amount within the balance is paid', async () => {
    const alia = await customer(await serverWith({}));
    expect(await pay(alia, '99999.99')).toMatchObject({ status: 'CONFIRMED' });
  });

  it('MAX_PAYMENT_AMOUNT: one tiyn more is DECLINED, nothing is debited, and the PS is notified of RISK_REJECT', async () => {
    const server = await serverWith({ MAX_PAYMENT_AMOUNT: '1000.00' });
    const alia = await customer(server);
    expect(await pay(alia, '1000.00')).toMatchObject({ status: 'CONFIRMED' });
    const declined = await pay(alia, '1000.01');
    expect(declined).toMatchObject({ ...LIMIT, amount: '1000.01' });
    expect(declined.failure?.message).toMatch(/лимит/);
    // The customer reads one sentence for all limits; operators read which one it was.
    const history = await database.query(
      'select reason from qr_payment_history where payment_id = $1 and status = $2',
      [declined.id, 'DECLINED'],
    );
    expect(history).toEqual([{ reason: 'MAX_PAYMENT_AMOUNT' }]);
    await server.app.get(Outbox).drainOnce();
    expect(await alia.balance()).toBe('99000.00');
    expect(kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body).result.resultCode)).toEqual([
      'SUCCESS',
      'RISK_REJECT',
    ]);
    expect(await database.query('select 1 from outbox_messages')).toEqual([]);
  });

  it('MAX_PAYMENT_AMOUNT also applies to the price of a service', async () => {
    const alia = await customer(await serverWith({ MAX_PAYMENT_AMOUNT: '500.00' }));
    kaspi.script = answering('501.00');
    const { id } = (await alia.scan(`custom-${alia.id}`)).body.payment;
    await alia.checkout(id, FILLED);
    expect((await alia.confirm(id)).body).toMatchObject(LIMIT);
  });

  it('DAILY_SUM_LIMIT: the sum of a day’s debits is allowed up to the limit, and again on the next day of Almaty', async () => {
    const alia = await customer(await serverWith({ DAILY_SUM_LIMIT: '2500.00' }));
    expect(await pay(alia)).toMatchObject({ status: 'CONFIRMED' });
    expect(await pay(alia, '1500.01')).toMatchObject(LIMIT);
    expect(await pay(alia, '1500.00')).toMatchObject({ status: 'CONFIRMED' });
    expect(await pay(alia, '0.01')).toMatchObject(LIMIT);
    clock.advance(12 * HOUR - 1);
    expect(await pay(alia, '0.01')).toMatchObject(LIMIT);
    clock.advance(1);
    expect(await pay(alia, '2500.00')).toMatchObject({ status: 'CONFIRMED' });
  });

  it('DAILY_COUNT_LIMIT: counted for each customer, without reversed payments', async () => {
    const server = await serverWith({ DAILY_COUNT_LIMIT: '2' });
    const [alia, bekzat] = [await customer(server), await customer(server)];
    expect(await pay(alia)).toMatchObject({ status: 'CONFIRMED' });
    kaspi.script = (request, index) =>
      request.path.endsWith('/scan') ? answering('1000.00')(request, index) : refusal('RISK_REJECT');
    const { id } = (await alia.scan(`refused-${++purchases}`)).body.payment;
    expect((await alia.confirm(id)).body.status).toBe('REVERSED');
    expect(await pay(alia)).toMatchObject({ status: 'CONFIRMED' });
    expect(await pay(alia)).toMatchObject(LIMIT);
    expect(await pay(bekzat)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('EXCLUDED_MCCS: a payment to a shop of that category is declined, to a shop without a category it is not', async () => {
    const alia = await customer(await serverWith({ EXCLUDED_MCCS: '7995, 5812' }));
    expect(await pay(alia)).toMatchObject(LIMIT);
    const happy = answering('1000.00');
    kaspi.script = async (request, index) => {
      const reply = await happy(request, index);
      return typeof reply === 'object' && 'json' in reply
        ? { json: { ...(reply.json as object), merchant: null } }
        : reply;
    };
    const { id } = (await alia.scan(`no-merchant-${++purchases}`)).body.payment;
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', merchant: null });
  });

  it('hold when a customer confirms many payments from two accounts at the same moment', async () => {
    const server = await serverWith({ DAILY_SUM_LIMIT: '3000.00', DAILY_COUNT_LIMIT: '3' });
    const alia = await customer(server);
    const other = await server.mpp.open(alia.id, '100000.00');
    kaspi.script = answering('1000.00');
    const scans = await Promise.all(Array.from({ length: 10 }, () => alia.scan(`many-${++purchases}`)));
    const answers = await Promise.all(
      scans.map(({ body }, index) =>
        alia.confirm(body.payment.id, { accountId: index % 2 === 0 ? alia.account : other }),
      ),
    );
    const statuses = answers.map(({ body }) => body.status).sort();
    expect(statuses).toEqual([...Array(3).fill('CONFIRMED'), ...Array(7).fill('DECLINED')]);
  });
});
