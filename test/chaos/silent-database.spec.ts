import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const QUICK = {
  KASPI_TIMEOUT_MS: '5000',
  NOTIFY_RETRY_BASE_MS: '50',
  NOTIFY_RETRY_MAX_MS: '100',
  OUTBOX_POLL_MS: '50',
};

/** A failover without a reset: one connection is lost with its statement; all others work. */
describe('a database connection that never answers again', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let proxy: PostgresProxy;
  let server: TestServer;

  beforeEach(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    proxy = await PostgresProxy.start(database.url);
    const env = {
      DATABASE_URL: proxy.url,
      KASPI_BASE_URL: kaspi.url,
      DATABASE_TIMEOUT_MS: '500',
      CONFIRM_WAIT_MS: '100',
    };
    server = await startTestServer({ ...env, ...QUICK });
    await server.mpp.open(ALIA, '1000.00');
  });

  afterEach(async () => {
    await server.stop();
    await proxy.close();
    await kaspi.close();
    await database.drop();
  });

  it.each([
    ['claims are', 'update outbox_messages m set attempts'],
    ['settlements are', 'from outbox_messages where id = any'],
  ])(
    'on which %s made is closed after the time limit, and the payments behind it are CONFIRMED',
    async (what, statement) => {
      const alia = await server.mpp.as(ALIA);
      const [first, second] = [(await alia.scan('first')).body.payment.id, (await alia.scan('second')).body.payment.id];
      const happy = happyKaspi();
      let notifies = 0;
      kaspi.script = (request, index) =>
        what === 'claims are' && request.path.endsWith('/notifyPayment') && ++notifies === 1
          ? 'reset'
          : happy(request, index);
      const swallowed = proxy.swallowAt(statement);
      await alia.confirm(first);
      await swallowed;
      await alia.confirm(second);
      for (const id of [first, second]) {
        await until(
          'CONFIRMED',
          () => alia.payment(id),
          ({ body }) => body.status === 'CONFIRMED',
        );
      }
      expect(await alia.balance()).toBe('800.00');
    },
  );
});
