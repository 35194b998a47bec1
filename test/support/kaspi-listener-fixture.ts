import { afterAll, beforeAll } from '@jest/globals';
import { certify } from './certificates.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startTestServer } from './mpp.js';

export const NEEDED = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'http://127.0.0.1:9' };
export const AUTHORITY = certify('Kaspi CA', null, 'authority');
export const SERVER = certify('mpp', AUTHORITY, 'server');
export const KASPI = certify('kaspi', AUTHORITY, 'client');
export const TLS = { KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key, KASPI_TLS_CA: AUTHORITY.cert };

/** A database for servers whose Kaspi-facing listener is under test. */
export function kaspiListenerFixture() {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  const start = (env: Record<string, string>) =>
    startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', ...env });

  const countRefundCalls = async () => (await database.query('select 1 from refund_calls')).length;

  return { start, countRefundCalls };
}
