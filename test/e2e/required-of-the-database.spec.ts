import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../apps/mpp-server/migration.js';
import { configuredUrl } from '../support/configured-database.js';
import { asAdmin, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';

describe('a server whose role owns nothing', () => {
  let two: TwoRoles;
  let urls: { DATABASE_URL: string; DATABASE_MIGRATION_URL: string };
  const running: TestServer[] = [];

  beforeAll(async () => {
    two = await createTwoRoles();
    urls = { DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl };
    await migrate(urls);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
    await migrate(urls);
  });

  afterAll(() => two.drop());

  /** With the server's role alone; another program migrates. */
  async function start(changes: Record<string, string> = {}, clock = new TestClock()): Promise<TestServer> {
    const env = { DATABASE_URL: two.serverUrl, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const server = await startTestServer({ ...env, MIGRATE_ON_START: 'off', ...changes }, clock);
    running.push(server);
    return server;
  }

  it.each([
    ['a right on a table', 'insert on table receipts'],
    ['a right on columns', 'update (name) on table ledger_accounts'],
    ['a right on the table of migrations', 'select on table migrations'],
    ['a right on a function', 'execute on routine platform_prepare_months(text,timestamp with time zone)'],
  ])('that lacks %s does not start: one line names the role, the right and the mend', async (_, right) => {
    await two.query(`revoke ${right} from ${two.server}`);
    const mend = `run npm run migration:run with DATABASE_MIGRATION_URL, or GRANT ${right} TO ${two.server}`;
    const message = `DATABASE_URL: its role ${two.server} lacks the right ${right}: ${mend}`;
    await expect(start()).rejects.toMatchObject({ name: 'DatabaseUnusable', message });
    await migrate(urls);
    expect(await (await start()).mpp.call('GET', '/health/ready')).toMatchObject({ status: 200 });
  });

  it('that may not use the schema does not start, and names it', async () => {
    await two.query('revoke usage on schema public from public');
    const message = `DATABASE_URL: its role ${two.server} may use no schema of its search_path: GRANT USAGE ON SCHEMA public TO ${two.server}`;
    await expect(start()).rejects.toMatchObject({ name: 'DatabaseUnusable', message });
    await two.query('grant usage on schema public to public');
  });

  it.each(['on', 'off'])(
    'does not start on a database that accepts no writes, with MIGRATE_ON_START=%s',
    async (value) => {
      const name = new URL(two.ownerUrl).pathname.slice(1);
      await asAdmin(`alter database ${name} set default_transaction_read_only = on`);
      await expect(start({ MIGRATE_ON_START: value })).rejects.toMatchObject({
        name: 'DatabaseUnusable',
        message:
          'DATABASE_URL: the database accepts no writes: default_transaction_read_only is on: ' +
          'ALTER DATABASE … SET default_transaction_read_only = off, or ALTER ROLE … if it is set for the role',
      });
      await asAdmin(`alter database ${name} reset default_transaction_read_only`);
    },
  );

  it('that lacks a right while migrations are pending waits for them, and is ready when they are applied', async () => {
    await two.query(
      `revoke insert on receipts from ${two.server}; update migrations set name = name || '?' where id = 2`,
    );
    const { mpp } = await start();
    expect(await mpp.call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { error: { migrations: { status: 'down', message: 'migrations are pending' } } },
    });
    await two.query(`update migrations set name = replace(name, '?', '')`);
    await migrate(urls);
    expect((await mpp.call('GET', '/health/ready')).status).toBe(200);
  });

  it('that loses a right is not ready within a minute, and ready as soon as it has it again', async () => {
    const clock = new TestClock();
    const { mpp } = await start({}, clock);
    expect((await mpp.call('GET', '/health/ready')).status).toBe(200);
    await two.query(`revoke insert on receipts from ${two.server}`);
    clock.advance(60_000);
    const message = expect.stringContaining(`its role ${two.server} lacks the right insert on table receipts: run `);
    expect(await mpp.call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { error: { database: { status: 'down', message } } },
    });
    await two.query(`grant insert on receipts to ${two.server}`);
    expect((await mpp.call('GET', '/health/ready')).status).toBe(200);
  });

  it('is not ready in production within a minute after fsync is set off', async () => {
    const clock = new TestClock();
    const database = { url: two.serverUrl, query: two.query } as TestDatabase;
    const configured = (fsync: string) => configuredUrl(database, { fsync, full_page_writes: 'on' });
    const issuer = { AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'bank', AUTH_AUDIENCE: 'mpp' };
    const { mpp } = await start({ ...issuer, NODE_ENV: 'production', DATABASE_URL: await configured('on') }, clock);
    expect((await mpp.call('GET', '/health/ready')).status).toBe(200);
    await configured('off');
    expect((await mpp.call('GET', '/health/ready')).status).toBe(200);
    clock.advance(60_000);
    const message = expect.stringContaining('PostgreSQL runs with fsync = off: ');
    expect(await mpp.call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { error: { database: { status: 'down', message } } },
    });
  });
});
