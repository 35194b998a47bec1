import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requireDatabase, requireDurability } from '@mpp/platform';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { configuredUrl } from '../support/configured-database.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { registryFile } from '../support/registry-files.js';
import { proxyOf, type TcpProxy, urlThrough } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const UNUSUAL = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'America/Caracas',
  bytea_output: 'escape',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  statement_timeout: '2s',
  extra_float_digits: '0',
};

describe('a database whose defaults are not those of PostgreSQL', () => {
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase({ pooled: false });
    const name = new URL(database.url).pathname.slice(1);
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: () => `${server.kaspiUrl}/refund` });
    for (const [setting, value] of Object.entries(UNUSUAL)) {
      await asAdmin(`alter database ${name} set ${setting} = '${value}'`);
    }
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url, OUTBOX_POLL_MS: '20' });
  });

  afterAll(async () => {
    await server?.stop();
    await simulator?.stop();
    await database?.drop();
  });

  it('takes a payment, a refund and a registry to their ends: a session inherits nothing', async () => {
    const alia = await server.mpp.customer('1000.00');
    const made = await fetch(`${simulator.url}/pos/qr`, {
      method: 'POST',
      body: '{"type":"Dynamic","amount":"100.00"}',
    });
    const { qrCode, paymentId } = (await made.json()) as { qrCode: string; paymentId: string };
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    const status = async () => (await alia.payment(id)).body.status;
    await until('the payment is confirmed', status, (now) => now === 'CONFIRMED');
    expect((await simulator.refund(paymentId, '30.00')).resultCode).toBe('SUCCESS');
    await until(
      'the refund',
      () => alia.balance(),
      (balance) => balance === '930.00',
    );
    const token = await server.mpp.teamToken('accounting');
    const row = { kaspiOperationId: 'QR1', at: new Date(), amount: 100n, mcc: '5812' };
    const { body } = await server.mpp.upload(await registryFile('DAILY', [row]));
    const registry = async () =>
      (await server.mpp.call<{ status: string }>('GET', `/ops/v1/registries/${body.id}`, { token })).body.status;
    await until('the registry', registry, (now) => now !== 'PROCESSING' && now !== 'RECEIVED');
    expect(await registry()).toBe('RECONCILED');
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });
});

describe('the check of the database at the start', () => {
  it.each(['LATIN1', 'WIN1251', 'SQL_ASCII'])('refuses the encoding %s in one line with the mend', async (encoding) => {
    const name = `mpp_encoding_${encoding.toLowerCase()}_${process.pid}`;
    await asAdmin(`create database ${name} encoding '${encoding}' locale_provider libc locale 'C' template template0`);
    try {
      const url = new URL(process.env.TEST_POSTGRES_URL ?? '');
      url.pathname = `/${name}`;
      const refused = requireDatabase(url.href);
      await expect(refused).rejects.toThrow(
        `the encoding of the database is ${encoding}, and must be UTF8: create it again`,
      );
    } finally {
      await asAdmin(`drop database ${name}`);
    }
  });

  describe('behind a pooler, which gives each transaction another connection,', () => {
    let database: TestDatabase;
    let pooler: TcpProxy;
    let url: string;

    beforeAll(async () => {
      database = await createDatabase({ pooled: false });
      const upstream = new URL(database.url);
      pooler = proxyOf(upstream, (client, postgres) => {
        client.on('data', (bytes) => postgres.write(bytes));
        // Its clients see a process of the pooler.
        postgres.on('data', (bytes) => client.write(withAnotherProcess(bytes)));
      });
      await pooler.open();
      url = urlThrough(pooler, upstream);
    });

    afterAll(async () => {
      await pooler.close();
      await database.drop();
    });

    const set = (sql: string) => asAdmin(`alter database ${new URL(database.url).pathname.slice(1)} ${sql}`);

    it('accepts PostgreSQL’s own defaults', async () => {
      await expect(requireDatabase(url)).resolves.toMatchObject({ version: expect.any(String) });
    });

    it.each([
      ['datestyle', 'German, DMY', 'ISO, MDY'],
      ['intervalstyle', 'sql_standard', 'postgres'],
      ['bytea_output', 'escape', 'hex'],
      ['default_transaction_isolation', 'serializable', 'read committed'],
    ])('refuses a role’s %s that it would not let us replace, with the mend', async (name, value, mend) => {
      await set(`set ${name} = '${value}'`);
      await expect(requireDatabase(url)).rejects.toThrow(
        `${name} is ${value} behind a pooler: ALTER ROLE … SET ${name} = '${mend}'`,
      );
      // Connected directly, the session replaces it.
      await expect(requireDatabase(database.url)).resolves.toMatchObject({ version: expect.stringMatching(/^\d/) });
      await set(`reset ${name}`);
    });

    it('refuses in production a role’s synchronous_commit that loses commits', async () => {
      const durable = new URL(await configuredUrl(database, { fsync: 'on', full_page_writes: 'on' }));
      const pooled = `${url}?options=${encodeURIComponent(durable.searchParams.get('options') ?? '')}`;
      for (const value of ['off', 'local', 'remote_write']) {
        await set(`set synchronous_commit = ${value}`);
        await expect(requireDurability(pooled)).rejects.toThrow(
          `DATABASE_URL: synchronous_commit is ${value} behind a pooler: ALTER ROLE … SET synchronous_commit = 'on'`,
        );
        await expect(requireDurability(durable.href)).resolves.toBeUndefined();
      }
      for (const value of ['on', 'remote_apply']) {
        await set(`set synchronous_commit = ${value}`);
        await expect(requireDurability(pooled)).resolves.toBeUndefined();
      }
      await set('reset synchronous_commit');
    });
  });
});

/** The first message of the key of the backend (BackendKeyData) names another process. */
function withAnotherProcess(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at < 0 || at + 9 > bytes.length) return bytes;
  const changed = Buffer.from(bytes);
  changed.writeInt32BE(1, at + 5);
  return changed;
}
