import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { connect } from '../../../test/support/database.js';
import { createTwoRoles, type TwoRoles } from '../../../test/support/two-roles.js';
import { applySchema, Schema } from './migrator.js';
import type { TableRights } from './rights.js';

class Kitchen1000000000001 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table jars (name text primary key, coins int not null default 0, label text);
      create table "Cook's" (id bigint generated always as identity primary key, dish text);
      create table secrets (a int);
      create view shelf as select name from jars;
      create function taste() returns int language sql as 'select 1';
      create function refuse() returns trigger language plpgsql set search_path from current as 'begin return null; end';
    `);
  }
  async down(): Promise<void> {}
}

const TABLES: TableRights = {
  jars: ['select', 'update (name, label)'],
  "Cook's": ['select', 'insert'],
  shelf: ['select'],
  'not there': ['select'],
};

describe('the rights of the server’s role', () => {
  let two: TwoRoles;
  const extra: string[] = [];

  beforeAll(async () => {
    two = await createTwoRoles();
    await bring();
  });

  afterEach(async () => {
    for (const role of extra.splice(0)) await two.query(`drop owned by ${role}; drop role ${role}`);
  });

  afterAll(() => two.drop());

  const bring = (role = two.server, tables: TableRights = TABLES) =>
    applySchema(two.ownerUrl, new Schema([Kitchen1000000000001]), { role, tables });

  /** Another role, which is gone after the test. */
  async function another(name: string, attributes = ''): Promise<string> {
    const [{ quoted } = { quoted: '' }] = await two.query<{ quoted: string }>('select quote_ident($1) as quoted', [
      `${two.server}${name}`,
    ]);
    await two.query(`create role ${quoted} login ${attributes}`);
    extra.push(quoted);
    return quoted;
  }

  /** All rights that were granted to other roles than the owner, as PostgreSQL writes it. */
  async function granted(): Promise<string[]> {
    const rows = await two.query<{ right: string }>(
      `with acls as (
         select relname::text as what, relacl as acl from pg_class where relnamespace = 'public'::regnamespace
         union all select attname || ' of ' || relname, attacl from pg_attribute a join pg_class c on c.oid = attrelid
           where relnamespace = 'public'::regnamespace
         union all select proname, coalesce(proacl, acldefault('f', proowner)) from pg_proc where pronamespace = 'public'::regnamespace
         union all select 'database', coalesce(datacl, acldefault('d', datdba)) from pg_database where datname = current_database()
         union all select 'schema', nspacl from pg_namespace where nspname = 'public')
       select format('%s: %s %s', case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee) end, lower(privilege_type), what) as right
       from acls, aclexplode(acl) where pg_get_userbyid(grantee) not in ($1, 'pg_database_owner') order by 1`,
      [two.owner],
    );
    return rows.map(({ right }) => right.replaceAll(two.server, 'server'));
  }

  const DECLARED = [
    'PUBLIC: usage schema',
    'server: connect database',
    'server: execute taste',
    "server: insert dish of Cook's",
    "server: select Cook's",
    'server: select jars',
    'server: select shelf',
    'server: update label of jars',
    'server: update name of jars',
  ];

  it('are exactly the declared ones, by column where columns are declared, without generated ids', async () => {
    expect(await granted()).toEqual(DECLARED);
  });

  it('are not written again if nothing changes', async () => {
    const versions = () =>
      two.query(`select array_agg(xmin::text order by oid) from pg_class where relnamespace = 'public'::regnamespace
        union all select array_agg(xmin::text order by oid) from pg_proc where pronamespace = 'public'::regnamespace
        union all select array_agg(xmin::text order by oid) from pg_namespace`);
    const before = await versions();
    expect(await bring()).toEqual([]);
    expect(await versions()).toEqual(before);
  });

  it.each([
    ['on a table', 'grant all on jars to $server'],
    ['on a table that an earlier version needed', 'grant select on secrets to $server'],
    ['on a column', 'grant update (coins) on jars to $server'],
    ['on a sequence', `grant usage on sequence "Cook's_id_seq" to $server`],
    ['on a trigger function', 'grant execute on function refuse() to $server'],
    ['to create objects', 'grant create on schema public to $server'],
    ['of PUBLIC', 'grant select, trigger on secrets to public; grant execute on function taste() to public'],
    ['of PUBLIC on a column', 'grant update (name) on jars to public'],
    ['of PUBLIC to create temporary tables', 'grant temporary on database $database to public'],
    ['of PUBLIC to create objects', 'grant create on schema public to public'],
  ])('%s that are not declared are revoked', async (_, sql) => {
    const database = new URL(two.ownerUrl).pathname.slice(1);
    await two.query(sql.replaceAll('$server', two.server).replaceAll('$database', database));
    expect(await granted()).not.toEqual(DECLARED);
    await bring();
    expect(await granted()).toEqual(DECLARED);
  });

  it.each([
    ['on a table', 'revoke select on jars from $server'],
    ['on a column', 'revoke update (label) on jars from $server'],
    ['on a function', 'revoke execute on function taste() from $server'],
  ])('%s that are declared and missing are granted', async (_, sql) => {
    await two.query(sql.replaceAll('$server', two.server));
    expect(await granted()).not.toEqual(DECLARED);
    await bring();
    expect(await granted()).toEqual(DECLARED);
  });

  it('of other roles are not changed', async () => {
    const reports = await another('_reports');
    await two.query(`grant select on jars to ${reports}`);
    await bring();
    expect(await granted()).toContain(`server_reports: select jars`);
  });

  it('are changed to those that the next version declares', async () => {
    await bring(two.server, { jars: ['select', 'insert', 'update', 'delete'] });
    expect((await granted()).filter((right) => /jars|Cook|shelf/.test(right))).toEqual([
      'server: delete jars',
      'server: insert jars',
      'server: select jars',
      'server: update jars',
    ]);
    await bring();
    expect(await granted()).toEqual(DECLARED);
  });

  it('are given to a role with any name', async () => {
    const odd = await another(`";drop table jars;--'`);
    await bring(`${two.server}";drop table jars;--'`);
    await two.query(`grant connect on database ${new URL(two.ownerUrl).pathname.slice(1)} to ${odd}`);
    const client = await connect(two.urlOf(`${two.server}";drop table jars;--'`));
    await client.query(`insert into "Cook's" (dish) values ('plov'); update jars set label = 'x'`);
    await expect(client.query('update jars set coins = 1')).rejects.toThrow('permission denied for table jars');
    await client.end();
  });

  it('are not set if the role is the owner: the defaults of PostgreSQL remain', async () => {
    const sole = await createTwoRoles();
    try {
      const application = { role: sole.owner, tables: TABLES };
      await applySchema(sole.ownerUrl, new Schema([Kitchen1000000000001]), application);
      const acls = await sole.query(
        `select relname from pg_class where relacl is not null and relnamespace = 'public'::regnamespace
         union all select proname from pg_proc where proacl is not null and pronamespace = 'public'::regnamespace`,
      );
      expect(acls).toEqual([]);
    } finally {
      await sole.drop();
    }
  });

  describe('stop the start if the role has others', () => {
    const WAYS: readonly [string, (role: string) => Promise<unknown>, RegExp][] = [
      ['as a superuser', (role) => two.query(`alter role ${role} superuser`), /everything that \w+ may/],
      [
        'as a member of the owner',
        (role) => two.query(`grant ${two.owner} to ${role}`),
        /everything that \w+_owner may/,
      ],
      [
        'as a member of the owner who must use SET ROLE',
        (role) => two.query(`alter role ${role} noinherit; grant ${two.owner} to ${role}`),
        /everything that \w+_owner may/,
      ],
      ['as a role that may create roles', (role) => two.query(`alter role ${role} createrole`), /create roles/],
      [
        'as an owner of a table',
        (role) => two.query(`alter table secrets owner to ${role}`),
        /everything that \w+_other may/,
      ],
      [
        'as the owner of the schema',
        (role) => two.query(`alter schema public owner to ${role}`),
        /everything that \w+_other may/,
      ],
      [
        'as a member of a role that may update a table',
        async (role) => {
          const writers = await another('_writers');
          await two.query(`grant update (coins) on jars to ${writers}; grant ${writers} to ${role}`);
        },
        /update \(coins\) on table jars/,
      ],
      [
        'as a member of pg_write_all_data',
        (role) => two.query(`grant pg_write_all_data to ${role}`),
        /insert on table/,
      ],
    ];

    it.each(WAYS)('%s', async (_, give, error) => {
      const role = await another('_other');
      await give(role);
      try {
        const brought = bring(role);
        await expect(brought).rejects.toThrow(/^DATABASE_URL: its role \w+ may do more than the server needs/);
        await expect(brought).rejects.toThrow(error);
      } finally {
        await two.query(`alter role ${role} nosuperuser nocreaterole`);
        await two.query(`alter table secrets owner to ${two.owner}; alter schema public owner to pg_database_owner`);
      }
      // Nothing of it was kept.
      expect((await granted()).filter((right) => right.startsWith('server_other:'))).toEqual([]);
    });
  });

  it('are refused to a role that does not exist', async () => {
    await expect(bring('nobody_here')).rejects.toThrow(
      'DATABASE_MIGRATION_URL: it leads to a server without the role nobody_here',
    );
  });
});
