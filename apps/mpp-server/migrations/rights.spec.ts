import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { RIGHTS } from './rights.js';

/** Only what the server's role must not be able to do by itself, done in the one way in which it may happen. */
const ACT_AS_OWNER = ['ledger_apply_entry()', 'platform_prepare_months(text,timestamp with time zone)'];

const VERBS = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'];

describe('in the migrated schema the server’s role', () => {
  let database: TestDatabase;
  let application: pg.Client;

  beforeAll(async () => {
    database = await createDatabase({ applicationRole: true });
    application = await database.connect(database.url);
  });

  afterAll(async () => {
    await application.end();
    await database.drop();
  });

  /** One column of what the role itself is answered. */
  async function selectColumn(sql: string, parameters: unknown[] = []): Promise<string[]> {
    const { rows } = await application.query<[string]>({ text: sql, values: parameters, rowMode: 'array' });
    return rows.map(([value]) => value);
  }

  const TABLES = `pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition`;

  it('has declared rights for every table: rights.ts names each table and what the server does with it', async () => {
    expect(Object.keys(RIGHTS).toSorted()).toEqual(await selectColumn(`select c.relname from ${TABLES} order by 1`));
  });

  it.each(Object.entries(RIGHTS))('may do with %s what is declared: %j', async (table, declared) => {
    const whole = declared.filter((right) => !right.includes('('));
    const held = await selectColumn('select v from unnest($2::text[]) v where has_table_privilege($1, v)', [
      table,
      VERBS,
    ]);
    const numbered = (
      await selectColumn(
        `select attname from pg_attribute where attrelid = $1::regclass and attidentity = 'a' and not attisdropped`,
        [table],
      )
    ).map(String);
    // A table whose numbers the database gives is written without them.
    expect(held).toEqual(whole.filter((verb) => verb !== 'insert' || numbered.length === 0));
    const columns = async (verb: string) =>
      selectColumn(
        `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
           and has_column_privilege($1, attname, $2) and not has_table_privilege($1, $2) order by attname`,
        [table, verb],
      );
    const [, updated] = declared.map((right) => /^update \((.*)\)$/.exec(right)).find((found) => found !== null) ?? [];
    expect(await columns('update')).toEqual(updated?.split(', ') ?? []);
    const all = await selectColumn(
      'select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attname',
      [table],
    );
    const inserts = numbered.length > 0 && declared.includes('insert');
    expect(await columns('insert')).toEqual(inserts ? all.filter((column) => !numbered.includes(column)) : []);
  });

  it('uses partitions only through their tables, also partitions that are created later', async () => {
    await application.query("select platform_prepare_months('kaspi_calls', '2031-06-01Z')");
    const partitions = await selectColumn(
      "select relname from pg_class where relispartition and relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    expect(partitions).toEqual(expect.arrayContaining(['kaspi_calls_default', 'kaspi_calls_2031_08']));
    const held = await selectColumn(
      `select format('%s on %s', v, t) from unnest($1::text[]) t, unnest($2::text[]) v where has_table_privilege(t, v)`,
      [partitions, VERBS],
    );
    expect(held).toEqual([]);
    await application.query(
      "select kaspi_call_begin('later', 1, 'scan', null, '{}', '2031-06-15Z'), kaspi_call_begin('now', 1, 'scan', null, '{}', now())",
    );
    expect(
      await selectColumn("select request_id from kaspi_calls where request_id in ('later', 'now') order by 1"),
    ).toEqual(['later', 'now']);
  });

  it('has no right to a sequence and cannot create anything in the schema or the database, not even temporarily', async () => {
    const held = await selectColumn(
      `select format('%s on %s', v, c.relname) from pg_class c, unnest(array['usage', 'select', 'update']) v
       where c.relkind = 'S' and has_sequence_privilege(c.oid, v)
       union all select 'create in schema' where has_schema_privilege('public', 'create')
       union all select v || ' in database' from unnest(array['create', 'temporary']) v
         where has_database_privilege(current_database(), v)`,
    );
    expect(held).toEqual([]);
  });

  it('may execute every function except trigger functions; PUBLIC may execute none', async () => {
    const OURS = `pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')`;
    const executable = await selectColumn(
      `select p.oid::regprocedure from ${OURS} and has_function_privilege(p.oid, 'execute') order by 1`,
    );
    expect(executable).toEqual(
      await selectColumn(`select p.oid::regprocedure from ${OURS} and p.prorettype <> 'trigger'::regtype order by 1`),
    );
    expect(executable).toContain('ledger_post(text,text,uuid,uuid,bigint,timestamp with time zone)');
    expect(
      await selectColumn(
        `select p.oid::regprocedure from ${OURS} and has_function_privilege('public', p.oid, 'execute')`,
      ),
    ).toEqual([]);
  });
});

describe('the functions of the migrated schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const functions = async (condition: string) =>
    (
      await database.query<{ name: string }>(
        `select p.oid::regprocedure::text as name from pg_proc p
         where p.pronamespace = 'public'::regnamespace and ${condition} order by 1`,
      )
    ).map(({ name }) => name);

  it('run as their owner only if they need its rights: create or replace must repeat security definer', async () => {
    expect(await functions('p.prosecdef')).toEqual(ACT_AS_OWNER);
  });

  it('have a fixed search_path if a trigger calls them or they run as their owner (set search_path from current)', async () => {
    const guards = `(p.prosecdef or p.prorettype = 'trigger'::regtype)`;
    expect((await functions(guards)).length).toBeGreaterThan(ACT_AS_OWNER.length + 5);
    const fixed = `coalesce('search_path=public, pg_temp' = any(p.proconfig), false)`;
    expect(await functions(`${guards} and not ${fixed}`)).toEqual([]);
  });

  it('that run as their owner cannot be executed by PUBLIC, also if the server is the owner', async () => {
    expect(await functions(`p.prosecdef and has_function_privilege('public', p.oid, 'execute')`)).toEqual([]);
  });
});
