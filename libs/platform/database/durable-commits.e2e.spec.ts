import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { NestFactory } from '@nestjs/core';
import type pg from 'pg';
import { configuredUrl } from '../../../test/support/configured-database.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET, startTestServer } from '../../../test/support/mpp.js';
import { PlatformModule } from '../platform.module.js';
import { Database } from './database.js';
import { ReportDatabase } from './report-database.js';

/** What PostgreSQL is told, and what commits of payments wait for. */
const VALUES: [string, string][] = [
  ['off', 'on'],
  ['local', 'on'],
  ['remote_write', 'on'],
  ['on', 'on'],
  ['remote_apply', 'remote_apply'],
];
const CURRENT = `select current_setting('synchronous_commit') as value`;

describe.each(VALUES)('with synchronous_commit = %s', (configured, expected) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createDatabase({ pooled: false });
    const [{ name } = { name: '' }] = await test.query<{ name: string }>('select current_database() as name');
    await test.query(`alter database ${name} set synchronous_commit = ${configured}`);
  });

  afterAll(() => test.drop());

  it(`every commit of the server waits for ${expected}`, async () => {
    const settings = Settings.read({ ...QUIET, DATABASE_URL: test.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const root = { module: class Root {}, imports: [PlatformModule.with({ settings })] };
    const app = await NestFactory.createApplicationContext(root, { logger: false });
    try {
      const database = app.get(Database);
      expect(await database.query(CURRENT)).toEqual([{ value: expected }]);
      expect(await database.transaction((tx) => tx.query(CURRENT))).toEqual([{ value: expected }]);
      const reports = app.get(ReportDatabase);
      expect(await reports.longTransaction((tx) => tx.query(CURRENT))).toEqual([{ value: expected }]);
    } finally {
      await app.close();
    }
  });

  describe('on a connection that PgBouncer gives the server, with the settings of somebody else,', () => {
    let pooled: pg.Client;

    beforeAll(async () => {
      pooled = await test.connect(test.url);
    });

    /** The value at the end of a transaction with this statement. */
    async function commitsWith(statement: string, parameters: unknown[] = []): Promise<unknown> {
      await pooled.query('begin');
      try {
        expect((await pooled.query(CURRENT)).rows).toEqual([{ value: configured }]);
        await pooled.query(statement, parameters);
        return (await pooled.query(CURRENT)).rows[0].value;
      } finally {
        await pooled.query('rollback');
      }
    }

    it.each([
      [
        'a message',
        `select outbox_enqueue(gen_random_uuid(), 'letters', 'a', '{}', '2026-03-10', null, null, '2026-03-10')`,
      ],
      [
        'a call to the PS',
        `select kaspi_call_begin('request', 1, 'notifyPayment', gen_random_uuid(), '{}', '2026-03-10')`,
      ],
      [
        'an operation at the core',
        `select core_operation_request(gen_random_uuid(), 'CREDIT', gen_random_uuid(), '900900000001', gen_random_uuid(),
           'KZ1', 'Карта', 100, 'reference', 'text', '2026-03-10')`,
      ],
      [
        'a refusal of a refund',
        `insert into refunds (id, refund_id, fingerprint, result_code, result_message, refusal, status, created_at)
         values (gen_random_uuid(), 'Ref1', repeat('a', 64), 'PARAM_ILLEGAL', 'no such payment', 'UNKNOWN_PAYMENT', 'REFUSED', '2026-03-10')`,
      ],
    ])(`the commit of %s waits for ${expected}`, async (_, statement) => {
      expect(await commitsWith(statement)).toBe(expected);
    });

    it(`the commit of a journal entry waits for ${expected}, although its trigger runs as the owner`, async () => {
      const accounts = await test.query<{ id: string }>(
        `select id from ledger_accounts where kind in ('FEES', 'PAYABLE_TO_KASPI') order by kind`,
      );
      const [fees, payable] = accounts.map(({ id }) => id);
      expect(await commitsWith(`select ledger_post('FEE', 'r1', $1, $2, 100, '2026-03-10')`, [fees, payable])).toBe(
        expected,
      );
    });

    it('no other commit is changed, nor the next transaction of somebody else', async () => {
      expect(await commitsWith('select 1')).toBe(configured);
      expect((await pooled.query(CURRENT)).rows).toEqual([{ value: configured }]);
    });
  });
});

it('in production the server starts on a PostgreSQL that writes commits and pages to the disk', async () => {
  const test = await createDatabase({ pooled: false });
  const server = await startTestServer({
    NODE_ENV: 'production',
    AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks',
    AUTH_ISSUER: 'bank',
    AUTH_AUDIENCE: 'mpp',
    KASPI_BASE_URL: 'http://127.0.0.1:9',
    DATABASE_URL: await configuredUrl(test, { fsync: 'on', full_page_writes: 'on' }),
  });
  expect((await server.mpp.call('GET', '/health/ready')).status).toBe(200);
  await server.stop();
  await test.drop();
});
