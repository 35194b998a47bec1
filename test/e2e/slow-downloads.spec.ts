import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { startTestServer } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { ACCEPTED, PsRefunds } from '../support/ps-refunds.js';
import { requestWithoutReading, type SilentReader } from '../support/silent-reader.js';
import { until } from '../support/until.js';

const REPORT = '/ops/v1/reports/daily?date=2026-02-10';
/** Its file is larger than what the buffers of a connection hold. */
const PAYMENTS = 80_000;
const AT_ONCE = 4;

it('What a killed process left in the temporary folder is removed when the next one starts', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const leftover = join(tmpdir(), `mpp-${hostname().replace(/[^a-z0-9]/gi, '_')}-${pid}-00000000-Abc123`);
  await mkdir(leftover);
  const database = await createDatabase();
  const server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
  expect(existsSync(leftover)).toBe(false);
  await server.stop();
  await database.drop();
});

/** Files of many megabytes are written and read. */
const WITHIN_MS = 480_000;

describe('while four clients download files', () => {
  const fixture = paymentFixture({
    DATABASE_POOL_SIZE: '2',
    CONFIRM_WAIT_MS: '10000',
    OUTBOX_POLL_MS: '20',
    // Nobody is disconnected while a slow machine writes the report.
    DOWNLOAD_IDLE_MS: '600000',
  });

  beforeAll(async () => {
    // The MCC, which is random, keeps the file from being compressed.
    await fixture.database.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, account_id, answered_at,
         merchant_mcc, notify_result, debited_at, confirmed_at, settled_by, created_at, updated_at)
       select gen_random_uuid(), md5(n::text), lpad(n::text, 12, '7'), 'Dynamic', 'CONFIRMED', 10000 + n, gen_random_uuid(), t,
         md5('mcc' || n), 'SUCCESS', t, t, 'KASPI', t, t
       from (select n, '2026-02-10T06:00:00Z'::timestamptz + n * interval '1 millisecond' as t
         from generate_series(1, ${PAYMENTS}) n) s`,
    );
  });

  const download = async (path: string) => requestWithoutReading(fixture.server.publicUrl + path, await token());
  const token = () => fixture.server.mpp.teamToken('accounting');
  const metric = async (line: string) => {
    const text = await (await fetch(`${fixture.server.publicUrl}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((one) => one.startsWith(`${line} `))
        ?.slice(line.length),
    );
  };
  const untilMetric = (line: string, value: number) =>
    until(
      line,
      () => metric(line),
      (now) => now === value,
    );
  const connectionsOfReports = () =>
    fixture.database.query(
      `select state, left(query, 80) as query from pg_stat_activity
       where datname = current_database() and application_name = 'mpp-server reports' and state <> 'idle'`,
    );

  /** What must work whatever operators download. */
  async function expectPayments(qrCode: string): Promise<void> {
    const alia = await fixture.customer('1000.00');
    const { id } = (await alia.scan(qrCode)).body.payment;
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect((await fixture.server.mpp.call('GET', '/health/ready')).status).toBe(200);
    const ps = new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
    const refund = await ps.refund({ paymentId: `ps-${qrCode}`, customerId: alia.id, refundAmount: '1.00' });
    expect(refund.result).toEqual(ACCEPTED);
    await until(
      'the refund is credited',
      () => alia.balance(),
      (balance) => balance === '901.00',
    );
  }

  async function expectRefused(): Promise<void> {
    const refused = await fixture.server.mpp.call('GET', REPORT, { token: await token() });
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(refused.headers.get('retry-after')).toBe('1');
  }

  it(
    'and read nothing, customers pay, refunds are credited, and the fifth download is refused',
    async () => {
      const { id } = (await fixture.server.mpp.upload(randomBytes(24 * 1024 * 1024))).body;
      const clients = [await download(REPORT)];
      while (clients.length < AT_ONCE) clients.push(await download(`/ops/v1/registries/${id}/file`));
      await untilMetric('mpp_downloads', AT_ONCE);
      await until('all files are written', connectionsOfReports, (rows) => rows.length === 0);
      await expectRefused();
      await expectPayments('slow-readers');
      expect(await metric('mpp_pool_used{pool="reports"}')).toBe(0);

      for (const client of clients) client.leave();
      await untilMetric('mpp_downloads', 0);
      const whole = await fetch(fixture.server.publicUrl + REPORT, {
        headers: { authorization: `Bearer ${await token()}` },
      });
      const { byteLength } = await whole.arrayBuffer();
      expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(byteLength)]);
    },
    WITHIN_MS,
  );

  it(
    'and the files are still being written, it is the same, and clients that leave end the work in the database',
    async () => {
      const other = await fixture.database.connect();
      // The reports wait for the tariffs.
      await other.query('begin; lock table registry_tariffs in access exclusive mode');
      const clients: SilentReader[] = [];
      while (clients.length < AT_ONCE) clients.push(await download(REPORT));
      await until('all read the database', connectionsOfReports, (rows) => rows.length === AT_ONCE);
      await expectRefused();
      await expectPayments('slow-reports');
      expect(await metric('mpp_pool_used{pool="reports"}')).toBe(AT_ONCE);

      for (const client of clients) client.leave();
      await untilMetric('mpp_downloads', 0);
      await until('the database is left', connectionsOfReports, (rows) => rows.length === 0);
      await other.query('rollback');
      await other.end();
    },
    WITHIN_MS,
  );
});
