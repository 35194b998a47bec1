import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { Mpp, startTestServer, type TestServer } from '../support/mpp.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { expectProblem, type Problem } from '../support/problems.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';

describe('while the database is away', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let link: PostgresProxy;
  let server: TestServer;
  let kaspiFacing: Mpp;
  let account: string;
  let waiting: string;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    link = await PostgresProxy.start(database.url);
    const env = { DATABASE_URL: link.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '300', OUTBOX_POLL_MS: '50' };
    server = await startTestServer(env, clock);
    kaspiFacing = new Mpp(server.kaspiUrl);
    account = await server.mpp.open(ALIA, '1000.00');
    waiting = (await (await server.mpp.as(ALIA)).scan('waiting')).body.payment.id;
    await link.close();
  });

  afterAll(async () => {
    await link.close();
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  const listeners = () => [server.mpp, kaspiFacing];

  it('every call that needs the database is answered 503, and the PS is not called', async () => {
    const callsBefore = kaspi.arrived.length;
    const [token, accounting] = [await server.mpp.customerToken(ALIA), await server.mpp.teamToken('accounting')];
    const calls: readonly (readonly [string, string, object?])[] = [
      ['GET', '/v1/accounts'],
      ['GET', '/v1/payments'],
      ['GET', `/v1/payments/${waiting}`],
      ['GET', `/v1/payments/${waiting}/receipt`],
      ['POST', '/v1/scans', { qrCode: 'x' }],
      ['POST', `/v1/payments/${waiting}/confirm`, {}],
      ['GET', '/ops/v1/ledger/trial-balance'],
      ['GET', '/ops/v1/ledger/accounts'],
      ['POST', `/ops/v1/accounts/${account}/deposits`, { amount: '1.00', reference: 'away' }],
    ];
    for (const [method, path, body] of calls) {
      const answer = await server.mpp.call<Problem>(method, path, {
        token: path.startsWith('/ops') ? accounting : token,
        ...(body && { body }),
      });
      expectProblem(answer, 503, 'SERVICE_UNAVAILABLE');
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(kaspi.arrived).toHaveLength(callsBefore);
  });

  it('the process is alive and not ready, on both listeners', async () => {
    for (const listener of listeners()) {
      expect(await listener.call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
      const answer = await listener.call('GET', '/health/ready');
      expect(answer).toMatchObject({ status: 503, body: { status: 'error', error: { database: { status: 'down' } } } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });

  it('a call that needs no database gets its usual answer', async () => {
    expect((await server.mpp.call('GET', '/docs/mobile.json')).status).toBe(200);
    expect((await server.mpp.call('GET', '/v1/accounts')).status).toBe(401);
    expect((await server.mpp.call('GET', '/v2')).status).toBe(404);
  });

  it('the metrics that need no database are shown, and the others are left out', async () => {
    const response = await fetch(`${server.publicUrl}/metrics`);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toMatch(/^mpp_http_request_duration_seconds_count\{.*status="503"\} \d+$/m);
    expect(text).toContain('mpp_kaspi_call_duration_seconds_count');
    expect(text).not.toContain('mpp_outbox_depth');
  });

  it('when the database is back, the server is ready again without a restart, and confirms payments', async () => {
    await link.open();
    for (const listener of listeners())
      await until(
        'readiness',
        () => listener.call('GET', '/health/ready'),
        ({ status }) => status === 200,
      );
    const customer = await server.mpp.as(ALIA);
    const confirmed = await until(
      'a confirm',
      () => customer.confirm(waiting),
      ({ body }) => body.status === 'CONFIRMED',
    );
    expect(confirmed.status).toBe(200);
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('a payment whose answer arrives during the outage is CONFIRMED when the database is back, with one debit and one notify to the byte', async () => {
    const customer = await server.mpp.as(ALIA);
    const { id } = (await customer.scan('between')).body.payment;
    const before = await customer.balance();
    const happy = happyKaspi();
    kaspi.script = async (request, index) => {
      await link.close();
      return happy(request, index);
    };
    const answer = await customer.confirm(id);
    expect(answer).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    kaspi.script = happy;
    await link.open();
    // The attempt's lease has to run out before it is made again.
    clock.advance(11_000);
    const settled = await until(
      'the answer',
      () => customer.payment(id),
      ({ body }) => body.status === 'CONFIRMED',
    );
    expect(settled.body.receipt).not.toBeNull();
    expect(Number(before) - Number(await customer.balance())).toBe(100);
    const notifies = kaspi.of('notifyPayment').filter(({ body }) => body.includes(id));
    expect(notifies).toHaveLength(2);
    expect(notifies[1]).toMatchObject({
      body: notifies[0]?.body,
      headers: { 'x-request-id': notifies[0]?.headers['x-request-id'] },
    });
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('a call that is under way when the connection is lost is answered 503', async () => {
    const token = await server.mpp.customerToken(ALIA);
    const other = await database.connect();
    await other.query('begin; lock table qr_payments in access exclusive mode');
    const answering = server.mpp.call<Problem>('GET', `/v1/payments/${waiting}`, { token });
    await until(
      'the call to wait for the lock',
      () => other.query("select 1 from pg_locks where relation = 'qr_payments'::regclass and not granted"),
      ({ rowCount }) => rowCount === 1,
    );
    await link.close();
    expectProblem(await answering, 503, 'SERVICE_UNAVAILABLE');
    await other.end();
  });
});
