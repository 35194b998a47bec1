import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const QUICK = {
  KASPI_TIMEOUT_MS: '2000',
  NOTIFY_RETRY_BASE_MS: '100',
  NOTIFY_RETRY_MAX_MS: '500',
  CONFIRM_WAIT_MS: '20000',
};

/** Each test kills a server at one step of a confirm, starts another one and checks the money. */
describe('kill -9', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let proxy: PostgresProxy;
  let doomed: ServerProcess;
  let id: string;

  beforeEach(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    proxy = await PostgresProxy.start(database.url);
    doomed = await ServerProcess.start({ DATABASE_URL: proxy.url, KASPI_BASE_URL: kaspi.url, ...QUICK });
    await doomed.mpp.open(ALIA, '1000.00');
    id = (await (await doomed.mpp.as(ALIA)).scan('coffee')).body.payment.id;
  });

  afterEach(async () => {
    await doomed.kill();
    await proxy.close();
    await kaspi.close();
    await database.drop();
  });

  /** The kill cuts off the app's call, so its answer does not count. */
  const confirming = async () => void (await doomed.mpp.as(ALIA)).confirm(id).catch(() => undefined);
  const statusIs = (status: string) =>
    until(
      status,
      () => database.query<{ status: string }>('select status from qr_payments where id = $1', [id]),
      ([row]) => row?.status === status,
    );

  async function restartAndExpectOneConfirmedDebit(): Promise<void> {
    const server = await ServerProcess.start({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, ...QUICK });
    try {
      const alia = await server.mpp.as(ALIA);
      expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
      expect(await alia.balance()).toBe('900.00');
      expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
      const notifies = kaspi.of('notifyPayment');
      expect(notifies.length).toBeGreaterThan(0);
      expect(new Set(notifies.map(({ body }) => body)).size).toBe(1);
      expect(new Set(notifies.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
      expect(await database.query('select purpose from ledger_entries where reference = $1 order by id', [id])).toEqual(
        [{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT' }],
      );
      expect(await database.query('select 1 from outbox_messages')).toEqual([]);
    } finally {
      await server.stop();
    }
  }

  it('before the debit was committed: nothing had happened, and the next confirm pays once', async () => {
    const reached = proxy.holdAt('qr_payments_write_decision(', 'to-database');
    await confirming();
    await reached;
    await doomed.kill();
    await statusIs('AWAITING_CONFIRMATION');
    expect(kaspi.of('notifyPayment')).toHaveLength(0);
    await restartAndExpectOneConfirmedDebit();
  });

  it('after the debit was committed, before the notify left: the PS is notified after the restart', async () => {
    const reached = proxy.holdAt('qr_payments_write_decision(', 'to-server');
    await confirming();
    await reached;
    await statusIs('PROCESSING');
    await doomed.kill();
    expect(kaspi.of('notifyPayment')).toHaveLength(0);
    await restartAndExpectOneConfirmedDebit();
  });

  it('after the notify had left, before its answer: the same request is repeated', async () => {
    kaspi.script = (request, index) => (kaspi.of('notifyPayment').length === 1 ? 'hang' : happyKaspi()(request, index));
    await confirming();
    await until(
      'the notify has arrived',
      () => kaspi.of('notifyPayment').length,
      (count) => count === 1,
    );
    await doomed.kill();
    await restartAndExpectOneConfirmedDebit();
    expect(kaspi.of('notifyPayment').length).toBeGreaterThan(1);
  });

  it('after the PS had answered, before the answer was stored: the same request is repeated, and the payment settled once', async () => {
    const reached = proxy.holdAt('order by id for update', 'to-database');
    await confirming();
    await reached;
    expect(kaspi.of('notifyPayment')).toHaveLength(1);
    await statusIs('PROCESSING');
    await doomed.kill();
    await restartAndExpectOneConfirmedDebit();
    expect(kaspi.of('notifyPayment')).toHaveLength(2);
  });

  it('after the answer was committed, before the server knew it: the payment stays settled, and the PS is not notified again', async () => {
    const reached = proxy.holdAt(['insert into outbox_done', 'COMMIT'], 'to-server');
    await confirming();
    await reached;
    await statusIs('CONFIRMED');
    await doomed.kill();
    await restartAndExpectOneConfirmedDebit();
    expect(kaspi.of('notifyPayment')).toHaveLength(1);
  });

  it('a requested stop first answers and settles what is under way', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    kaspi.script = async (request, index) => {
      await answered;
      return happyKaspi()(request, index);
    };
    const alia = await doomed.mpp.as(ALIA);
    const confirmed = alia.confirm(id);
    await until(
      'the notify has arrived',
      () => kaspi.of('notifyPayment').length,
      (count) => count === 1,
    );
    const stopped = doomed.stop();
    answer();
    expect(await confirmed).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    await stopped;
    await statusIs('CONFIRMED');
  });
});
