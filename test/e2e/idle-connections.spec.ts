import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const IDLE_MS = 300;

/** A box between us and Kaspi forgets connections that were idle, and resets them when they are used again. New ones work. */
describe('a connection to Kaspi that is reset when it is used after a pause', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let box: TcpProxy;
  let server: TestServer;
  let resets = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    kaspi.script = happyKaspi();
    const upstream = new URL(kaspi.url);
    box = new TcpProxy(
      () => net.connect(Number(upstream.port), upstream.hostname),
      (client, ps) => {
        let usedAt = Date.now();
        client.on('data', (bytes) => {
          if (Date.now() - usedAt > IDLE_MS) {
            resets++;
            client.resetAndDestroy();
            return;
          }
          ps.write(bytes);
        });
        ps.on('data', (bytes) => {
          usedAt = Date.now();
          client.write(bytes);
        });
      },
    );
    await box.open();
    const address = { DATABASE_URL: database.url, KASPI_BASE_URL: `http://127.0.0.1:${box.port}` };
    server = await startTestServer({
      ...address,
      CONFIRM_WAIT_MS: '10000',
      OUTBOX_POLL_MS: '50',
      KASPI_AWAY_AFTER: '2',
    });
  });

  afterAll(async () => {
    await server?.stop();
    await box?.close();
    await kaspi?.close();
    await database?.drop();
  });

  it('costs no customer their payment: each scan is answered, each confirm is CONFIRMED, and Kaspi is not away', async () => {
    const customers = await Promise.all(Array.from({ length: 4 }, () => server.mpp.customer('1000.00')));
    for (let round = 0; round < 3; round++) {
      const statuses = await Promise.all(
        customers.map(async (customer, n) => {
          const { status, body } = await customer.scan(`idle-${round}-${n}`);
          return [status, (await customer.confirm(body.payment.id)).body.status];
        }),
      );
      expect(statuses).toEqual(customers.map(() => [201, 'CONFIRMED']));
      const before = Date.now();
      await until(
        'the connections are idle for long',
        () => Date.now() - before,
        (passed) => passed > 2 * IDLE_MS,
      );
    }
    expect(resets).toBeGreaterThan(0);
    const token = await server.mpp.teamToken('operations');
    const { body } = await server.mpp.call<{ state: string }>('GET', '/ops/v1/kaspi-health', { token });
    expect(body.state).toBe('UP');
    // The attempt stays UNKNOWN, and its repeat has the same request id (R11).
    const repeated = await database.query(
      `select request_id from kaspi_calls where outcome = 'UNKNOWN'
       and not exists (select 1 from kaspi_calls r where r.request_id = kaspi_calls.request_id and r.outcome = 'ANSWERED')`,
    );
    expect(repeated).toEqual([]);
  });
});
