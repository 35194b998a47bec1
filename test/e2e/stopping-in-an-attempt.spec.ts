import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const HOUR_MS = '3600000';
let database: TestDatabase;
let kaspi: KaspiPeer;
let servers: ServerProcess[] = [];

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  const happy = happyKaspi();
  // The first attempt of a notify is not answered.
  let notifies = 0;
  kaspi.script = (request, index) =>
    request.path.endsWith('/notifyPayment') && notifies++ === 0 ? 'hang' : happy(request, index);
  const env = {
    ...{ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '100', OUTBOX_POLL_MS: '50' },
    // A lease runs out only long after the test.
    ...{
      KASPI_TIMEOUT_MS: '60000',
      NOTIFY_RETRY_BASE_MS: HOUR_MS,
      NOTIFY_RETRY_MAX_MS: HOUR_MS,
      SHUTDOWN_GRACE_MS: '2000',
    },
  };
  servers = [await ServerProcess.start({ ...env, BACKGROUND_WORK: 'off' }), await ServerProcess.start(env)];
});

afterAll(async () => {
  for (const server of servers) await server.kill();
  await kaspi?.close();
  await database?.drop();
});

it('A process whose time to stop is over leaves its unanswered notifies to others at once', async () => {
  const [stopped, other] = servers as [ServerProcess, ServerProcess];
  const alia = await stopped.mpp.customer('1000.00');
  const { id } = (await alia.scan('stopped in an attempt')).body.payment;
  expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
  await until(
    'the notify has arrived',
    () => kaspi.of('notifyPayment').length,
    (count) => count === 1,
  );
  expect(await stopped.stop()).toBe(1);
  const elsewhere = await other.mpp.as(alia.id);
  await until(
    'the other process has told Kaspi',
    () => elsewhere.payment(id),
    ({ body }) => body.status === 'CONFIRMED',
  );
  const [first, second] = kaspi.of('notifyPayment');
  expect(second?.body).toBe(first?.body);
  expect(await elsewhere.balance()).toBe('900.00');
});
