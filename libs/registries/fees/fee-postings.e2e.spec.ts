import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { Database } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { FeePostings } from './fee-postings.js';

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

const { FEES, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
const post = (registryId: string, fee: bigint) =>
  server.app.get(Database).transaction((tx) => server.app.get(FeePostings).postFee(tx, { registryId, fee }));
const entriesOf = (registryId: string) =>
  database.query(
    `select purpose, debit_account_id as debit, credit_account_id as credit, amount::text from ledger_entries
     where reference = $1`,
    [registryId],
  );

describe('The fee of a registry', () => {
  it.each([
    [
      'above zero is owed to Kaspi',
      9_104n,
      [{ purpose: 'FEE', debit: FEES, credit: PAYABLE_TO_KASPI, amount: '9104' }],
    ],
    ['below zero is owed to us', -165n, [{ purpose: 'FEE', debit: PAYABLE_TO_KASPI, credit: FEES, amount: '165' }]],
    ['of zero is not booked', 0n, []],
  ])('%s', async (_, fee, entries) => {
    const registry = randomUUID();
    await post(registry, fee);
    expect(await entriesOf(registry)).toEqual(entries);
  });

  it('is booked once, also if the acceptance is repeated', async () => {
    const registry = randomUUID();
    const posted = await Promise.allSettled([post(registry, 100n), post(registry, 100n), post(registry, -50n)]);
    expect(posted.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await entriesOf(registry)).toHaveLength(1);
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
