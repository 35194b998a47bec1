import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { ACCEPTED, PsRefunds, type RefundReply, refundBody } from '../support/ps-refunds.js';
import { proxyOf, type TcpProxy, urlThrough } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';
import { SilencingProxy } from './silencing-proxy.js';

const ANSWER_WITHIN_MS = 500;
const QUICK = {
  KASPI_ANSWER_WITHIN_MS: String(ANSWER_WITHIN_MS),
  OUTBOX_POLL_MS: '50',
  REFUND_RETRY_BASE_MS: '20',
  REFUND_RETRY_MAX_MS: '50',
};
/** Fewer connections than calls at once: none is free while the database does not answer. */
const POOL = { DATABASE_POOL_SIZE: '4' };

/**
 * A proxy between a server and PostgreSQL. While it is paused, nothing passes in either direction, and nothing is lost: like a
 * frozen machine or network.
 */
class PausingProxy {
  private readonly proxy: TcpProxy;
  private paused = false;

  private constructor(private readonly upstream: URL) {
    this.proxy = proxyOf(upstream, (client, database) => this.join(client, database));
  }

  static async start(databaseUrl: string): Promise<PausingProxy> {
    const proxy = new PausingProxy(new URL(databaseUrl));
    await proxy.proxy.open();
    return proxy;
  }

  get url(): string {
    return urlThrough(this.proxy, this.upstream);
  }

  pause(): void {
    this.paused = true;
    for (const pair of this.proxy.pairs) for (const socket of pair) socket.pause();
  }

  resume(): void {
    this.paused = false;
    for (const pair of this.proxy.pairs) for (const socket of pair) socket.resume();
  }

  close(): Promise<void> {
    return this.proxy.close();
  }

  private join(client: Socket, database: Socket): void {
    client.on('data', (bytes) => database.write(bytes));
    database.on('data', (bytes) => client.write(bytes));
    if (this.paused) for (const socket of [client, database]) socket.pause();
  }
}

/** If the decision cannot be stored, the PS gets no result and repeats its call. */
describe('a refund while the database is away', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let ps: PsRefunds;
  let proxies: { close(): Promise<void> }[];

  beforeEach(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    proxies = [];
  });

  afterEach(async () => {
    for (const proxy of proxies) await proxy.close();
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  async function start(
    proxy: { url: string; close(): Promise<void> },
    env: Record<string, string> = {},
  ): Promise<void> {
    proxies.push(proxy);
    server = await startTestServer({ DATABASE_URL: proxy.url, KASPI_BASE_URL: kaspi.url, ...QUICK, ...env });
    ps = new PsRefunds(`${server.kaspiUrl}/refund`);
  }

  /** A customer who had 1000.00 and paid 100.00, and up to ten refunds of 10.00 of it. */
  async function paid(count: number) {
    const alia = await server.mpp.customer();
    const { id } = (await alia.scan('away')).body.payment;
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    const bodies = Array.from({ length: count }, (_, index) =>
      refundBody({ customerId: alia.id, paymentId: 'ps-away', refundId: `Away${index}`, refundAmount: '10.00' }),
    );
    return { alia, id, bodies };
  }
  type Paid = Awaited<ReturnType<typeof paid>>;

  const refundAll = (bodies: readonly Record<string, unknown>[]) => Promise.all(bodies.map((body) => ps.refund(body)));

  /** HTTP 503 without a body: no result. */
  function expectUndecided(replies: readonly RefundReply[]): void {
    for (const { status, text } of replies) expect([status, text]).toEqual([503, '']);
  }

  /** Repeats each call until it has a result, as the PS does. */
  const repeatUntilAnswered = (bodies: readonly Record<string, unknown>[]) =>
    Promise.all(
      bodies.map((body) =>
        until(
          `${body.refundId} is answered`,
          () => ps.refund(body),
          ({ status }) => status !== 503,
        ),
      ),
    );

  /** Each refund is answered SUCCESS and credited once, also after another call of the PS. */
  async function expectRefundedOnce({ alia, id, bodies }: Paid): Promise<void> {
    const replies = await repeatUntilAnswered(bodies);
    expect(replies.map(({ status, result }) => [status, result])).toEqual(bodies.map(() => [200, ACCEPTED]));
    const refunded = 10 * bodies.length;
    await until(
      'the credits',
      () => alia.balance(),
      (balance) => balance === `${900 + refunded}.00`,
    );
    expect((await repeatUntilAnswered(bodies)).map(({ text }) => text)).toEqual(replies.map(({ text }) => text));
    expect((await alia.payment(id)).body.refundedAmount).toBe(`${refunded}.00`);
    const credits = await database.query<{ status: string; credits: number }>(
      `select status, (select count(*)::int from ledger_entries where reference = r.id::text) as credits from refunds r`,
    );
    expect(credits).toEqual(bodies.map(() => ({ status: 'CREDITED', credits: 1 })));
    expect(await database.query('select 1 from outbox_messages')).toEqual([]);
    expect(await alia.balance()).toBe(`${900 + refunded}.00`);
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  }

  it('for a while: each call is 503 within our time to answer; afterwards every repeat is SUCCESS and credited once', async () => {
    const proxy = await PausingProxy.start(database.url);
    await start(proxy, POOL);
    const payment = await paid(10);
    proxy.pause();
    for (let time = 1; time <= 4; time++) {
      const started = Date.now();
      expectUndecided(await refundAll(payment.bodies));
      expect(Date.now() - started).toBeLessThan(20 * ANSWER_WITHIN_MS);
    }
    expect(await database.query('select 1 from refunds')).toEqual([]);
    proxy.resume();
    await expectRefundedOnce(payment);
  });

  it('in the middle of the decision: no result is sent, and the repeat that waits behind it gets none either', async () => {
    const proxy = await PausingProxy.start(database.url);
    await start(proxy);
    const payment = await paid(1);
    const other = await database.connect();
    await other.query('begin');
    await other.query('select 1 from qr_payments where id = $1 for update', [payment.id]);
    const calls = refundAll(payment.bodies);
    await until(
      'the decision waits for the payment',
      () =>
        database.query('select 1 from pg_stat_activity where datname = current_database() and wait_event_type = $1', [
          'Lock',
        ]),
      (waiting) => waiting.length > 0,
    );
    proxy.pause();
    await other.end();
    expectUndecided(await calls);
    expectUndecided(await refundAll(payment.bodies));
    expect(await database.query('select 1 from refunds')).toEqual([]);
    proxy.resume();
    await expectRefundedOnce(payment);
  });

  it('and loses the answer to a commit: no result is sent; the repeat is SUCCESS, and the refund is credited without it', async () => {
    const proxy = await SilencingProxy.start(database.url);
    await start(proxy);
    const payment = await paid(1);
    const silent = proxy.silence('answer', ['insert into refund_calls', 'Away0'], 'COMMIT');
    const calls = refundAll(payment.bodies);
    await silent;
    expectUndecided(await calls);
    // The server does not know of the commit: the lease of its reservation ends after three seconds.
    await until(
      'the credit',
      () => payment.alia.balance(),
      (balance) => balance === '910.00',
    );
    await expectRefundedOnce(payment);
  });

  it('and refuses connections: each call is 503 at once; afterwards every repeat is SUCCESS and credited once', async () => {
    const proxy = await PostgresProxy.start(database.url);
    await start(proxy);
    const payment = await paid(10);
    const half = { ...payment, bodies: payment.bodies.slice(0, 5) };
    await expectRefundedOnce(half);
    await proxy.close();
    for (let time = 1; time <= 3; time++) expectUndecided(await refundAll(payment.bodies));
    await proxy.open();
    await expectRefundedOnce(payment);
  });
});
