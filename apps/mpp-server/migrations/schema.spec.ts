import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { applySchema, Schema } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { migrate } from '../migration.js';
import { SCHEMA } from '../schema.js';

describe('the schema of a database', () => {
  const databases: TestDatabase[] = [];

  async function database(): Promise<TestDatabase> {
    const created = await createDatabase({ applicationRole: false });
    databases.push(created);
    return created;
  }

  afterEach(async () => {
    await Promise.all(databases.splice(0).map((each) => each.drop()));
  });

  it('is not applied a second time', async () => {
    expect(await migrate({ DATABASE_URL: (await database()).url })).toEqual([]);
  });

  it('gets a function whose file has changed, and keeps it when a process of the release before starts again', async () => {
    const { url, query } = await database();
    const path = 'libs/ledger/sql/ledger_account_kind.sql';
    const text = readFileSync(join(import.meta.dirname, '../../..', path), 'utf8').replaceAll("'?'", "'NONE'");
    const changed = new Schema(SCHEMA.migrations, [{ path, text, checksum: 'changed' }]);
    const kind = async () =>
      (await query<{ kind: string }>('select ledger_account_kind(gen_random_uuid()) as kind'))[0]?.kind;
    expect(await kind()).toBe('?');
    expect(await applySchema(url, changed)).toEqual([path]);
    expect(await kind()).toBe('NONE');
    expect(await migrate({ DATABASE_URL: url })).toEqual([]);
    expect(await kind()).toBe('NONE');
  });

  it('is as before if one of its files fails', async () => {
    const { url, query } = await database();
    const files = ['select 1', 'select nonsense'].map((text, n) => ({ path: `${n}`, text, checksum: `${n}` }));
    await expect(applySchema(url, new Schema(SCHEMA.migrations, files))).rejects.toThrow('nonsense');
    expect(await query("select 1 from platform_sql_files where path = '0'")).toEqual([]);
  });

  it('of a build before the baseline is refused with one line, and nothing changes', async () => {
    const { url, query } = await database();
    await query(`insert into migrations ("timestamp", name) values (1795478400005, 'QrPayments1795478400005')`);
    await query(`delete from migrations where name like 'RegistriesBaseline%'`);
    const refused = /^DATABASE_URL: the database was made by an earlier build .*$/;
    await expect(migrate({ DATABASE_URL: url })).rejects.toThrow(refused);
    expect(await query(`select 1 from migrations where name like 'RegistriesBaseline%'`)).toEqual([]);
  });

  it('of a newer build is left alone', async () => {
    const { url, query } = await database();
    await query(`insert into migrations ("timestamp", name) values (1999999999999, 'FromLater1999999999999')`);
    expect(await migrate({ DATABASE_URL: url })).toEqual([]);
  });
});
