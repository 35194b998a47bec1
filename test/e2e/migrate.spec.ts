import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../apps/mpp-server/migration.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { PROGRAM_ENV } from '../support/program-env.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';

const PROGRAM = join(import.meta.dirname, '../../dist/apps/mpp-server/migrate.js');

/** `npm run migration:run` with these variables and no others. */
async function run(env: Record<string, string>): Promise<{ stdout: string; stderr: string; code: number }> {
  const child = { env: { ...PROGRAM_ENV, ...env } };
  return promisify(execFile)(process.execPath, [PROGRAM], child).then(
    (output) => ({ ...output, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

describe('a migration', () => {
  let two: TwoRoles;
  let other: TestDatabase;

  beforeAll(async () => {
    [two, other] = await Promise.all([createTwoRoles(), createDatabase()]);
  });

  afterAll(() => Promise.all([two.drop(), other.drop()]));

  const mayPost = async () =>
    (
      await two.query<{ may: boolean }>(
        `select has_column_privilege($1, 'ledger_entries', 'amount', 'insert') and has_table_privilege($1, 'receipts', 'insert') as may`,
        [two.server],
      )
    )[0]?.may;

  it.each<[string, () => Parameters<typeof migrate>[0], RegExp]>([
    [
      'in a database that does not answer',
      () => ({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: 'postgresql://owner:hunter2@127.0.0.1:1/mpp' }),
      /^DATABASE_MIGRATION_URL: no connection to 127\.0\.0\.1:1\/mpp: .*ECONNREFUSED/,
    ],
    [
      'as a role that does not exist',
      () => ({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.urlOf('nobody_here') }),
      /^DATABASE_MIGRATION_URL: no connection to .*"nobody_here"/,
    ],
    [
      'as a role without the right to create tables',
      () => ({ DATABASE_URL: two.ownerUrl, DATABASE_MIGRATION_URL: two.serverUrl }),
      /^DATABASE_MIGRATION_URL: its role \w+_server cannot migrate: permission denied for schema public/,
    ],
    [
      'as the server’s role, which has no right to create tables,',
      () => ({ DATABASE_URL: two.serverUrl }),
      /^DATABASE_URL: its role \w+_server cannot migrate: permission denied for schema public/,
    ],
    [
      'in another database than the server’s',
      () => ({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: other.ownerUrl }),
      /^DATABASE_MIGRATION_URL: it leads to another database than DATABASE_URL/,
    ],
    [
      'for a server’s role that does not exist',
      () => ({ DATABASE_URL: two.urlOf('nobody_here'), DATABASE_MIGRATION_URL: two.ownerUrl }),
      /^DATABASE_URL: no connection to .*"nobody_here"/,
    ],
    [
      'for a server’s role that may do everything',
      () => ({ DATABASE_URL: two.urlOf(new URL(other.ownerUrl).username), DATABASE_MIGRATION_URL: two.ownerUrl }),
      /^DATABASE_URL: its role \w+ may do more than the server needs \(everything that \w+ may do, /,
    ],
  ])('%s stops, names the setting and changes nothing', async (_, urls, message) => {
    const failed = migrate(urls());
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: 'DatabaseUnusable' });
    await expect(failed).rejects.not.toThrow('hunter2');
    expect(await two.query("select 1 from pg_class where relname = 'migrations'")).toEqual([]);
  });

  it('without the server’s URL is applied, and reports that no other role got rights', async () => {
    expect(await run({ DATABASE_MIGRATION_URL: two.ownerUrl, DATABASE_URL: '' })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^applied:\nPlatformBaseline\d+\n.*\nDATABASE_URL is not set: no other role was given any rights\n$/s,
      ),
    });
    expect(await mayPost()).toBe(false);
  });

  it('with both URLs grants the server’s role its rights, also if there is nothing to apply', async () => {
    const urls = { DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl };
    expect(await run(urls)).toMatchObject({ code: 0, stdout: 'nothing to apply\n' });
    expect(await mayPost()).toBe(true);
    expect(await migrate(urls)).toEqual([]);
  });

  it('as the server’s role alone succeeds if there is nothing to apply, and changes no right', async () => {
    expect(await migrate({ DATABASE_URL: two.serverUrl })).toEqual([]);
    expect(await mayPost()).toBe(true);
  });

  it('with the owner’s URL alone succeeds: one role, which owns everything', async () => {
    expect(await run({ DATABASE_URL: two.ownerUrl })).toMatchObject({ code: 0, stdout: 'nothing to apply\n' });
  });

  it('without any URL fails and names DATABASE_URL', async () => {
    expect(await run({})).toMatchObject({ code: 1, stderr: 'DATABASE_URL: is required\n' });
  });
});
