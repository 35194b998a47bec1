import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { until } from '../support/until.js';

const SOON = {
  CONFIRM_WAIT_MS: '20000',
  OUTBOX_POLL_MS: '20',
  NOTIFY_RETRY_BASE_MS: '20',
  NOTIFY_RETRY_MAX_MS: '100',
  CORE_BANKING_RETRY_BASE_MS: '20',
  CORE_BANKING_RETRY_MAX_MS: '100',
};
const CLOSED = { status: 409, body: { code: 'PURCHASE_CLOSED' } };

describe.each(['the own ledger', 'a bank’s core'] as const)('a purchase of two customers with %s (R38)', (accounts) => {
  const atCore = accounts === 'a bank’s core';
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let server: TestServer;
  let customers = 0;

  beforeAll(async () => {
    database = await createDatabase();
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: () => `${server.kaspiUrl}/refund` });
    server = await startTestServer({
      ...SOON,
      DATABASE_URL: database.url,
      KASPI_BASE_URL: simulator.url,
      ...(atCore && { CORE_BANKING_URL: simulator.core.url }),
    });
  });
  afterAll(async () => {
    await server?.stop();
    await simulator?.stop();
    await database?.drop();
  });
  afterEach(() => simulator.faults.clear());

  async function customer(balance = '1000.00') {
    if (!atCore) return server.mpp.customer(balance);
    const id = `8108${String(++customers).padStart(8, '0')}`;
    simulator.core.openAccount({ customerId: id, name: 'Зарплатный', balance });
    const balanceAtCore = async () => simulator.core.accounts(id)[0]?.balance;
    return { id, ...(await server.mpp.as(id)), balance: balanceAtCore };
  }
  type Customer = Awaited<ReturnType<typeof customer>>;

  /** The payments of both customers for one purchase of 100.00, and the purchase's id at the PS. */
  async function scannedByBoth(first: Customer, second: Customer) {
    const body = JSON.stringify({ type: 'Dynamic', amount: '100.00' });
    const made = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body });
    const { qrCode, paymentId } = (await made.json()) as { qrCode: string; paymentId: string };
    const ids = [(await first.scan(qrCode)).body.payment.id, (await second.scan(qrCode)).body.payment.id] as const;
    return { ids, purchase: () => simulator.purchases().find((item) => item.paymentId === paymentId) };
  }

  const notified = async (ids: readonly string[]) =>
    (
      await database.query<{ payment: string }>(
        `select distinct payment_id as payment from kaspi_calls where method = 'notifyPayment' and payment_id = any($1)`,
        [ids],
      )
    ).map(({ payment }) => payment);

  const untilDelivered = (id: string) =>
    until(
      'the notify is delivered',
      () => database.query(`select 1 from outbox_done where topic = 'notifyPayment' and key = $1`, [id]),
      ({ length }) => length > 0,
    );

  it('that one could not pay for lack of money cannot be paid by the other, who is told to ask the seller for a new QR', async () => {
    const [poor, rich] = [await customer('10.00'), await customer()];
    const { ids, purchase } = await scannedByBoth(poor, rich);
    expect((await poor.confirm(ids[0])).body).toMatchObject({ status: 'DECLINED' });
    await untilDelivered(ids[0]);
    const refused = await rich.confirm(ids[1]);
    expect(refused).toMatchObject(CLOSED);
    expect((refused.body as { detail?: string }).detail).toContain('Попросите у продавца новый QR-код');
    expect((await rich.payment(ids[1])).body.status).toBe('AWAITING_CONFIRMATION');
    expect(await rich.balance()).toBe('1000.00');
    expect(purchase()).toMatchObject({ status: 'CLOSED' });
    expect(await notified(ids)).toEqual([ids[0]]);
  });

  it('that one cancelled cannot be paid by the other, also while the PS has not answered the cancel', async () => {
    const [first, second] = [await customer(), await customer()];
    const { ids, purchase } = await scannedByBoth(first, second);
    simulator.faults.set({ notifyPayment: [{ do: 'reset' }] });
    expect((await first.cancel(ids[0])).status).toBe(200);
    expect(await second.confirm(ids[1])).toMatchObject(CLOSED);
    simulator.faults.clear();
    await untilDelivered(ids[0]);
    expect(await second.confirm(ids[1])).toMatchObject(CLOSED);
    expect(await second.balance()).toBe('1000.00');
    expect(purchase()).toMatchObject({ status: 'CLOSED' });
  });

  it('that the PS refused after the debit of one cannot be paid by the other', async () => {
    const [first, second] = [await customer(), await customer()];
    const { ids } = await scannedByBoth(first, second);
    simulator.faults.set({ notifyPayment: [{ do: 'refuse', resultCode: 'RISK_REJECT', count: 1 }] });
    expect((await first.confirm(ids[0])).body).toMatchObject({ status: 'REVERSED' });
    expect(await second.confirm(ids[1])).toMatchObject(CLOSED);
    expect([await first.balance(), await second.balance()]).toEqual(['1000.00', '1000.00']);
  });

  it('has one result: the second customer’s cancel is not sent after the first one’s', async () => {
    const [first, second] = [await customer(), await customer()];
    const { ids } = await scannedByBoth(first, second);
    await first.cancel(ids[0]);
    expect((await second.cancel(ids[1])).body.status).toBe('CANCELLED');
    await untilDelivered(ids[0]);
    expect(await notified(ids)).toEqual([ids[0]]);
    expect(await database.query('select 1 from outbox_messages where key = any($1)', [ids])).toEqual([]);
  });

  it('that one cancels and the other confirms at the same moment is paid if and only if the PS has it as paid', async () => {
    for (let round = 0; round < 8; round++) {
      const [first, second] = [await customer(), await customer()];
      const { ids, purchase } = await scannedByBoth(first, second);
      const [cancelled, confirmed] = await Promise.all([first.cancel(ids[0]), second.confirm(ids[1])]);
      expect(cancelled.body.status).toBe('CANCELLED');
      const isPaid = confirmed.status === 200;
      if (!isPaid) expect(confirmed).toMatchObject(CLOSED);
      await until(
        'the PS has the result',
        () => purchase()?.status,
        (status) => status === (isPaid ? 'CONFIRMED' : 'CLOSED'),
      );
      expect((await second.payment(ids[1])).body.status).toBe(isPaid ? 'CONFIRMED' : 'AWAITING_CONFIRMATION');
      expect(await second.balance()).toBe(isPaid ? '900.00' : '1000.00');
      expect(await notified(ids)).toEqual([isPaid ? ids[1] : ids[0]]);
    }
  });
});
