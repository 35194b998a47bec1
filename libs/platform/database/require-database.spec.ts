import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configuredUrl } from '../../../test/support/configured-database.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { requireDatabase, requireDurability } from './require-database.js';

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

describe('a PostgreSQL that does not write its commits to the disk', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  it.each([
    [{ fsync: 'off', full_page_writes: 'on' }, 'fsync = off'],
    [{ fsync: 'on', full_page_writes: 'off' }, 'full_page_writes = off'],
    [{ fsync: 'off', full_page_writes: 'off' }, 'fsync = off and full_page_writes = off'],
  ])('is refused in one line that names it and not the password: %j', async (settings, named) => {
    const line = `DATABASE_URL: PostgreSQL at WHERE runs with ${named}: payments would be lost when its machine fails. Production needs it on`;
    const error = await requireDurability(await configuredUrl(database, settings)).catch((refusal: Error) => refusal);
    expect(error).toMatchObject({ name: 'DatabaseUnusable' });
    expect((error as Error).message.replace(/ at \S+\/mpp_\w+ /, ' at WHERE ')).toBe(line);
  });

  it('is accepted when both are on, whatever synchronous_commit is: the server raises it', async () => {
    await requireDurability(
      await configuredUrl(database, { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'off' }),
    );
  });
});
