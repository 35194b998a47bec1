import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Expiry, Resolutions } from '@mpp/qr-payments';
import { FILLED, refusal, type Script } from '../support/kaspi-peer.js';
import { startTestServer } from '../support/mpp.js';
import { MINUTE, paymentFixture } from '../support/payment-fixture.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

describe('the event stream of a payment', () => {
  const clock = new TestClock();
  const env = { CONFIRM_WAIT_MS: '0', IN_DOUBT_AFTER_MS: '1' };
  const fixture = paymentFixture(env, clock, 10 * MINUTE);
  const { customer, happy } = fixture;
  const startAnother = () =>
    startTestServer({ DATABASE_URL: fixture.database.url, KASPI_BASE_URL: fixture.kaspi.url, ...env }, clock);

  const answeringNotifies = (script: Script): Script => {
    const otherwise = happy();
    return (request, index) => (request.path.endsWith('/notifyPayment') ? script : otherwise)(request, index);
  };

  it('sends every status of a service from its form to its receipt, and then ends', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-${alia.id}`)).body.payment;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const success = happy();
    fixture.kaspi.script = answeringNotifies(async (request, index) => {
      await released;
      return success(request, index);
    });
    const received: unknown[] = [];
    for await (const { status, amount, receipt } of alia.events(id)) {
      received.push({ status, amount, receipt: receipt !== null });
      if (status === 'AWAITING_CHECKOUT' && amount === null && received.length === 1) await alia.checkout(id, FILLED);
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'PROCESSING') release();
    }
    // Freezing the form is a change too; it may be sent together with the price.
    expect(received.filter((view, index) => JSON.stringify(view) !== JSON.stringify(received[index - 1]))).toEqual([
      { status: 'AWAITING_CHECKOUT', amount: null, receipt: false },
      { status: 'AWAITING_CONFIRMATION', amount: '100.00', receipt: false },
      { status: 'PROCESSING', amount: '100.00', receipt: false },
      { status: 'CONFIRMED', amount: '100.00', receipt: true },
    ]);
  });

  it('sends the reversal after a refusal, when the money is back (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`refused-${alia.id}`)).body.payment;
    fixture.kaspi.script = answeringNotifies(() => refusal('RISK_REJECT'));
    let last = '';
    for await (const { status } of alia.events(id)) {
      last = status;
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'REVERSED') expect(await alia.balance()).toBe('1000.00');
    }
    expect(last).toBe('REVERSED');
  });

  it('sends IN_DOUBT, and an operator’s resolution', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`doubt-${alia.id}`)).body.payment;
    fixture.kaspi.script = answeringNotifies(() => {
      clock.advance(1);
      return 'reset';
    });
    const received: string[] = [];
    for await (const { status } of alia.events(id)) {
      received.push(status);
      if (status === 'AWAITING_CONFIRMATION') await alia.confirm(id);
      if (status === 'IN_DOUBT')
        await fixture.server.app.get(Resolutions).resolve(id as never, 'REVERSED', 'refused by Kaspi', 'aigerim');
    }
    expect(received.slice(-2)).toEqual(['IN_DOUBT', 'REVERSED']);
  });

  it('sends EXPIRED', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`expiring-${alia.id}`)).body.payment;
    const received: string[] = [];
    for await (const { status } of alia.events(id)) {
      received.push(status);
      clock.advance(10 * MINUTE);
      if (status !== 'EXPIRED') await fixture.server.app.get(Expiry).expireDue();
    }
    expect(received).toEqual(['AWAITING_CONFIRMATION', 'EXPIRED']);
  });

  it('of a final payment sends its status once and ends', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`final-${alia.id}`)).body.payment;
    await alia.cancel(id);
    const received: string[] = [];
    for await (const { status } of alia.events(id)) received.push(status);
    expect(received).toEqual(['CANCELLED']);
  });

  it('of another customer’s payment, or without a token, is refused like any other call', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const { id } = (await alia.scan(`private-${alia.id}`)).body.payment;
    const token = await fixture.server.mpp.customerToken(bekzat.id);
    expect(await fixture.server.mpp.call('GET', `/v1/payments/${id}/events`, { token })).toMatchObject({ status: 404 });
    expect(await fixture.server.mpp.call('GET', `/v1/payments/${id}/events`)).toMatchObject({ status: 401 });
  });

  it('is not watched any more after its readers have disconnected', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`gone-${alia.id}`)).body.payment;
    const waiters = async () => /^mpp_payment_waiters (\d+)$/m.exec(await metrics())?.[1];
    const metrics = async () => (await fetch(`${fixture.server.publicUrl}/metrics`)).text();
    const readers = Array.from({ length: 20 }, () => alia.events(id));
    for (const reader of readers) {
      expect((await reader.next()).value).toMatchObject({ status: 'AWAITING_CONFIRMATION' });
    }
    await until('all of them wait', waiters, (count) => count === '20');
    for (const reader of readers) await reader.return(undefined);
    await until('none of them waits', waiters, (count) => count === '0');
  });

  it('is ended by a server that stops, without waiting for its reader', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`stopping-${alia.id}`)).body.payment;
    const other = await startAnother();
    const stream = (await other.mpp.as(alia.id)).events(id);
    expect((await stream.next()).value).toMatchObject({ status: 'AWAITING_CONFIRMATION' });
    const ended = stream.next();
    await other.stop();
    expect(await ended).toMatchObject({ done: true });
  });

  it('does not delay the stop of a server, nor does a connection without a request', async () => {
    const other = await startAnother();
    const { hostname, port } = new URL(other.publicUrl);
    const silent = net.connect(Number(port), hostname);
    await once(silent, 'connect');
    const closed = new Promise((resolve) => silent.on('error', () => undefined).once('close', resolve));
    await other.stop();
    await closed;
  });
});
