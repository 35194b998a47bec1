import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configuredUrl } from '../../../test/support/configured-database.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { requireDatabase, requireDurability } from './require-database.js';
import { FOR_READING } from './requirements.js';

describe('the time zone data of PostgreSQL', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ pooled: false });
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

describe('a standby', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ pooled: false });
  });

  afterAll(() => database.drop());

  it('is refused in one line with the mend, except to a program that only reads', async () => {
    const url = await configuredUrl(database, {});
    await database.query(
      'create function configured.pg_is_in_recovery() returns bool language sql as $$ select true $$',
    );
    await expect(requireDatabase(url)).rejects.toMatchObject({
      name: 'DatabaseUnusable',
      message: 'DATABASE_URL: it leads to a standby, which accepts no writes: name the address of the primary',
    });
    await expect(requireDatabase(url, 'DATABASE_URL', FOR_READING)).resolves.toMatchObject({
      role: expect.any(String),
    });
  });
});

describe('a PostgreSQL that does not write its commits to the disk', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase({ pooled: false });
  });

  afterAll(() => database.drop());

  it.each([
    [{ fsync: 'off', full_page_writes: 'on' }, 'fsync = off', 'ALTER SYSTEM SET fsync = on'],
    [{ fsync: 'on', full_page_writes: 'off' }, 'full_page_writes = off', 'ALTER SYSTEM SET full_page_writes = on'],
    [
      { fsync: 'off', full_page_writes: 'off' },
      'fsync = off and full_page_writes = off',
      'ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET full_page_writes = on',
    ],
  ])('is refused in one line that names it, with the mend: %j', async (settings, named, mend) => {
    await expect(requireDurability(await configuredUrl(database, settings))).rejects.toMatchObject({
      name: 'DatabaseUnusable',
      message: `DATABASE_URL: PostgreSQL runs with ${named}: payments would be lost when its machine fails: production needs it on: ${mend}; SELECT pg_reload_conf()`,
    });
  });

  it('is accepted when both are on, whatever synchronous_commit is: the server raises it', async () => {
    await requireDurability(
      await configuredUrl(database, { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'off' }),
    );
  });
});
