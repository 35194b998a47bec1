import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Expiry, Resolutions } from '@mpp/qr-payments';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, KaspiPeer, refusal, type Script } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;

describe('following a payment along', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  const start = () =>
    startTestServer(
      { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '0', IN_DOUBT_AFTER_MS: '1' },
      clock,
    );
  const happy = () => happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 10 * MINUTE).toISOString() });

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await start();
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.script = happy();
  });

  const customer = () => server.mpp.customer();

  const answeringNotifies = (script: Script): Script => {
    const otherwise = happy();
    return (request, index) => (request.path.endsWith('/notifyPayment') ? script : otherwise)(request, index);
  };

  it('every status of a service from its form to its receipt, and then the stream ends', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-${alia.id}`)).body.payment;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const success = happy();
    kaspi.script = answeringNotifies(async (request, index) => {
      await released;
      return success(request, index);
    });
    const seen: unknown[] = [];
    for await (const { status, amount, receipt } of alia.events(id)) {
      seen.push({ status, amount, receipt: receipt !== null });
      if (status === 'AWAITING_CHECKOUT' && amount === null && seen.length === 1) await alia.checkout(id, FILLED);
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'PROCESSING') release();
    }
    // The form that froze is a change, too; it may be told together with the price.
    expect(seen.filter((view, index) => JSON.stringify(view) !== JSON.stringify(seen[index - 1]))).toEqual([
      { status: 'AWAITING_CHECKOUT', amount: null, receipt: false },
      { status: 'AWAITING_CONFIRMATION', amount: '100.00', receipt: false },
      { status: 'PROCESSING', amount: '100.00', receipt: false },
      { status: 'CONFIRMED', amount: '100.00', receipt: true },
    ]);
  });

  it('a refusal after the debit is seen at once, the money back (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`refused-${alia.id}`)).body.payment;
    kaspi.script = answeringNotifies(() => refusal('RISK_REJECT'));
    let last = '';
    for await (const { status } of alia.events(id)) {
      last = status;
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'REVERSED') expect(await alia.balance()).toBe('1000.00');
    }
    expect(last).toBe('REVERSED');
  });

  it('doubt, and what an operator makes of it', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`doubt-${alia.id}`)).body.payment;
    kaspi.script = answeringNotifies(() => {
      clock.advance(1);
      return 'reset';
    });
    const seen: string[] = [];
    for await (const { status } of alia.events(id)) {
      seen.push(status);
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'IN_DOUBT')
        await server.app.get(Resolutions).resolve(id as never, 'REVERSED', 'Kaspi says no', 'aigerim');
    }
    expect(seen.slice(-2)).toEqual(['IN_DOUBT', 'REVERSED']);
  });

  it('expiry, by whichever process', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`expiring-${alia.id}`)).body.payment;
    const seen: string[] = [];
    for await (const { status } of alia.events(id)) {
      seen.push(status);
      clock.advance(10 * MINUTE);
      if (status !== 'EXPIRED') await server.app.get(Expiry).expireDue();
    }
    expect(seen).toEqual(['AWAITING_CONFIRMATION', 'EXPIRED']);
  });

  it('of a payment that is final: told once, and over', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`final-${alia.id}`)).body.payment;
    await alia.cancel(id);
    const seen: string[] = [];
    for await (const { status } of alia.events(id)) seen.push(status);
    expect(seen).toEqual(['CANCELLED']);
  });

  it('of somebody else’s payment, or without a token: refused as any other call', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const { id } = (await alia.scan(`private-${alia.id}`)).body.payment;
    const token = await server.mpp.customerToken(bekzat.id);
    expect(await server.mpp.call('GET', `/v1/payments/${id}/events`, { token })).toMatchObject({ status: 404 });
    expect(await server.mpp.call('GET', `/v1/payments/${id}/events`)).toMatchObject({ status: 401 });
  });

  it('many who go away in the middle leave nothing behind: nobody waits for them any more', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`gone-${alia.id}`)).body.payment;
    const waiters = async () => /^mpp_payment_waiters (\d+)$/m.exec(await metrics())?.[1];
    const metrics = async () => (await fetch(`${server.publicUrl}/metrics`)).text();
    const readers = Array.from({ length: 20 }, () => alia.events(id));
    for (const reader of readers) {
      expect((await reader.next()).value).toMatchObject({ status: 'AWAITING_CONFIRMATION' });
    }
    await until('all of them wait', waiters, (count) => count === '20');
    for (const reader of readers) await reader.return(undefined);
    await until('nobody waits', waiters, (count) => count === '0');
  });

  it('a server that stops ends the streams first, and does not wait for their readers', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`stopping-${alia.id}`)).body.payment;
    const other = await start();
    const stream = (await other.mpp.as(alia.id)).events(id);
    expect((await stream.next()).value).toMatchObject({ status: 'AWAITING_CONFIRMATION' });
    const ended = stream.next();
    await other.stop();
    expect(await ended).toMatchObject({ done: true });
  });

  it('nor for a connection on which nothing was ever asked', async () => {
    const other = await start();
    const { hostname, port } = new URL(other.publicUrl);
    const silent = net.connect(Number(port), hostname);
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    await other.stop();
    await closed;
  });
});
