import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, KaspiPeer } from '../support/kaspi-peer.js';
import type { Answer, Mpp, PaymentBody } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { type Lost, SilencingProxy } from './silencing-proxy.js';

const QUICK = {
  DATABASE_TIMEOUT_MS: '2000',
  KASPI_TIMEOUT_MS: '5000',
  OUTBOX_POLL_MS: '50',
  NOTIFY_RETRY_BASE_MS: '50',
  NOTIFY_RETRY_MAX_MS: '100',
};
const AWAY = { status: 503, body: { code: 'SERVICE_UNAVAILABLE' } };
const ALIA = '900900000001';
const LOST: Lost[] = ['statement', 'answer'];

type App = Awaited<ReturnType<Mpp['as']>>;
type Call = (app: App, id: string) => Promise<Answer<PaymentBody>>;

interface Prepared {
  readonly id: string;
  /** Answered when the server's time limit is over. */
  readonly first: Promise<Answer<PaymentBody>>;
  /** Answered while the first call waits. */
  readonly second: Answer<PaymentBody>;
  readonly again: () => Promise<Answer<PaymentBody>>;
}

/**
 * The connection on which a payment is written falls silent, and the server gives it up after its time limit. The customer
 * does not wait for that and repeats the call.
 */
describe('a connection that falls silent', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let proxy: SilencingProxy;
  let server: ServerProcess;
  const cancels = new Map<Lost, Prepared>();
  const checkouts = new Map<Lost, Prepared>();

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    proxy = await SilencingProxy.start(database.url);
    server = await ServerProcess.start({ DATABASE_URL: proxy.url, KASPI_BASE_URL: kaspi.url, ...QUICK });
    await server.mpp.open(ALIA, '1000.00');
    const cancel: Call = (app, id) => app.cancel(id);
    const checkout: Call = (app, id) => app.checkout(id, FILLED);
    for (const lost of LOST) {
      cancels.set(lost, await twice(`coffee-${lost}`, cancel, lost, 'qr_payments_write_decision('));
      checkouts.set(lost, await twice(`custom-${lost}`, checkout, lost, 'qr_payments_write_priced('));
    }
  });

  afterAll(async () => {
    await server.stop();
    await proxy.close();
    await kaspi.close();
    await database.drop();
  });

  async function twice(qrCode: string, call: Call, lost: Lost, statement: string): Promise<Prepared> {
    const alia = await server.mpp.as(ALIA);
    const { id } = (await alia.scan(qrCode)).body.payment;
    const scanned = await history(id);
    const silent = proxy.silence(lost, [statement, id]);
    let over = false;
    const first = call(alia, id).finally(() => {
      over = true;
    });
    await silent;
    if (lost === 'answer') {
      await until(
        'the history',
        () => history(id),
        ({ length }) => length > scanned.length,
      );
    }
    const second = await call(alia, id);
    expect(over).toBe(false);
    return { id, first, second, again: () => call(alia, id) };
  }

  function prepared(calls: ReadonlyMap<Lost, Prepared>, lost: Lost): Prepared {
    const found = calls.get(lost);
    if (found === undefined) throw new Error(`no call lost its ${lost}`);
    return found;
  }

  const history = async (id: string) =>
    (
      await database.query<{ status: string }>(
        'select status from qr_payment_history where payment_id = $1 order by version',
        [id],
      )
    ).map(({ status }) => status);

  it.each(LOST)('that loses the %s of a cancel: the second call cancels, and the PS is notified once', async (lost) => {
    const { id, first, second, again } = prepared(cancels, lost);
    const cancelled = { status: 200, body: { id, status: 'CANCELLED' } };
    expect(second).toMatchObject(cancelled);
    expect(await first).toMatchObject(AWAY);
    expect(await again()).toMatchObject(cancelled);
    await until(
      'the delivered notify',
      () => database.query('select 1 from outbox_done where key = $1', [id]),
      ({ length }) => length === 1,
    );
    const notifies = kaspi.of('notifyPayment').filter(({ body }) => body.includes(id));
    expect(notifies.map(({ body }) => JSON.parse(body).result.resultCode)).toEqual(['CANCELLED_BY_CLIENT']);
    expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    expect(await history(id)).toEqual(['AWAITING_CONFIRMATION', 'CANCELLED']);
  });

  it.each(LOST)(
    'that loses the %s of a price: the second call gets the price, and the payment can be paid',
    async (lost) => {
      const { id, first, second, again } = prepared(checkouts, lost);
      const priced = { status: 200, body: { id, status: 'AWAITING_CONFIRMATION', amount: '100.00' } };
      expect(second).toMatchObject(priced);
      expect(await first).toMatchObject(AWAY);
      expect(await again()).toMatchObject(priced);
      const requests = kaspi.of('checkout').filter(({ body }) => body.includes(`"ps-custom-${lost}"`));
      // The PS is called again only if the price was not stored.
      expect(requests).toHaveLength({ statement: 2, answer: 1 }[lost]);
      expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION']);
      const alia = await server.mpp.as(ALIA);
      expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    },
  );
});
