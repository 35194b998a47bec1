import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { requireDatabase } from './require-database.js';

describe('the time zone data of PostgreSQL', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
    await database.query('create schema outdated');
  });

  afterAll(() => database.drop());

  /** The URL of the same database, in which `timezone` returns the result of the SQL. */
  async function withTimeZoneData(body: string): Promise<string> {
    await database.query(
      `create or replace function outdated.timezone(zone text, at timestamptz) returns timestamp
       language plpgsql as $$ begin ${body} end $$`,
    );
    const url = new URL(database.ownerUrl);
    url.searchParams.set('options', '-c search_path=outdated,pg_catalog');
    return url.href;
  }

  const REFUSAL =
    'DATABASE_URL: the time zone data of PostgreSQL does not know that Asia/Almaty is UTC+5 since 2024-03-01: ' +
    'update PostgreSQL, or the package tzdata of its machine, and restart it';

  it('do not stop the start if they are current', async () => {
    await expect(requireDatabase(database.ownerUrl)).resolves.toMatchObject({ version: expect.stringMatching(/^\d/) });
  });

  it.each([
    ['if they are older than March 2024', `return (at + interval '6 hours') at time zone 'UTC';`],
    ['if they have UTC+5 also before March 2024', `return (at + interval '5 hours') at time zone 'UTC';`],
    ['if they lack the time zone', `raise 'time zone "%" not recognized', zone using errcode = '22023';`],
  ])('stop the start %s, with one line that names what to update', async (_data, body) => {
    const url = await withTimeZoneData(body);
    await expect(requireDatabase(url)).rejects.toMatchObject({ name: 'DatabaseUnusable', message: REFUSAL });
  });
});
