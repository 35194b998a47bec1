import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { until } from '../support/until.js';

const UNREACHABLE = 'http://127.0.0.1:9';
const WATCHED_MS = 10_000;
const MOST_PER_SECOND = 8;

describe('an idle server with everything configured', () => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let inbox: string;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    proxy = await PostgresProxy.start(database.url);
    inbox = await mkdtemp(join(tmpdir(), 'mpp-inbox-'));
    server = await startTestServer({
      DATABASE_URL: proxy.url,
      KASPI_BASE_URL: UNREACHABLE,
      CORE_BANKING_URL: UNREACHABLE,
      NOTIFICATION_URL: UNREACHABLE,
      NOTIFICATION_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      REGISTRY_INBOX_DIR: inbox,
    });
  });

  afterAll(async () => {
    await server.stop();
    await proxy.close();
    await database.drop();
    await rm(inbox, { recursive: true });
  });

  async function statementsIn(milliseconds: number): Promise<number> {
    const before = proxy.statements;
    await pause(milliseconds);
    return proxy.statements - before;
  }

  it('sends its database at most 8 statements a second', async () => {
    await until(
      'the statements of the start are over',
      () => statementsIn(1000),
      (count) => count <= MOST_PER_SECOND,
    );
    const perSecond = (await statementsIn(WATCHED_MS)) / (WATCHED_MS / 1000);
    expect(perSecond).toBeGreaterThan(1);
    expect(perSecond).toBeLessThanOrEqual(MOST_PER_SECOND);
  });
});
