import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { RIGHTS } from '../../apps/mpp-server/migrations/rights.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { another, insertRow, paymentThatIs, rowOf } from '../support/payments.js';
import { CHANGE, UNBALANCE } from './sql-on-books.js';
import { GUARDS, OVERDRAW } from './sql-on-guards.js';
import { ALIAS, account, BEKZATS, DENIED, entry, FUNDING, IN_TRANSIT, post } from './sql-statements.js';

const TABLES = Object.keys(RIGHTS);
const DELETES = TABLES.filter((table) => RIGHTS[table]?.includes('delete'));
const KEPT = TABLES.filter((table) => !DELETES.includes(table));
/** A view cannot be deleted from, or is refused like a table. */
const UNTOUCHED = (relation: string) =>
  new RegExp(
    `^(42501 permission denied for (table|view) ${relation}|55000 cannot delete from view "${relation}"|42809 "${relation}" is not a table)`,
  );
const PARTITIONS = ['kaspi_calls', 'outbox_done', 'qr_payment_history', 'refund_calls', 'notification_attempts'].map(
  (table) => `${table}_default`,
);

describe('SQL as the role that the server runs under', () => {
  let database: TestDatabase;
  let application: pg.Client;
  let before: unknown;

  beforeAll(async () => {
    database = await createDatabase({ applicationRole: true });
    // The guards hold even if an administrator has granted this right.
    const [{ name } = { name: '' }] = await database.query<{ name: string }>('select current_database() as name');
    await database.query(`grant temporary on database ${name} to ${new URL(database.url).username}`);
    for (const [id, customer] of [
      [ALIAS, 'C1'],
      [BEKZATS, 'C2'],
    ]) {
      await database.query(
        `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) values ($1, 'CUSTOMER', $2, 'n', 0, now())`,
        [id, customer],
      );
      await database.query(entry(FUNDING, id ?? '', 100_000, 'DEPOSIT'));
    }
    await insertRow(database, rowOf(another(paymentThatIs('CONFIRMED'))));
    application = await database.connect(database.url);
    before = await readState();
  });

  afterAll(async () => {
    await application.end();
    await database.drop();
  });

  afterEach(async () => {
    // Ends the transaction that a refused statement left open.
    await application.query('rollback');
    await application.query('discard all');
  });

  /** Checksums of all rows, and of the functions, triggers, constraints and rights. */
  async function readState(): Promise<unknown> {
    const rows = TABLES.map(
      (table) => `select '${table}' as what, md5(string_agg(t::text, '|' order by t::text)) as sum from ${table} t`,
    );
    const catalogs = [
      `select 'functions', md5(string_agg(concat(oid, prosrc, prosecdef, proconfig, proacl, proowner), '|' order by oid))
       from pg_proc where pronamespace = 'public'::regnamespace`,
      `select 'relations', md5(string_agg(concat(oid, relname, relacl, relowner, relhastriggers, relkind), '|' order by oid))
       from pg_class where relnamespace = 'public'::regnamespace`,
      `select 'triggers', md5(string_agg(concat(t.oid, tgenabled, tgfoid, tgtype), '|' order by t.oid))
       from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = 'public'::regnamespace`,
      `select 'constraints', md5(string_agg(pg_get_constraintdef(oid), '|' order by oid))
       from pg_constraint where connamespace = 'public'::regnamespace`,
      `select 'schemas', md5(string_agg(concat(nspname, nspacl), '|' order by oid)) from pg_namespace where nspname !~ '^pg_'`,
    ];
    return database.query([...rows, ...catalogs].join(' union all '));
  }

  const balances = async () =>
    (
      await database.query<{ sum: string }>(
        `select (select sum(balance) from ledger_accounts) - (select sum(case when d.kind = 'CUSTOMER' then -amount else 0 end
           + case when c.kind = 'CUSTOMER' then amount else 0 end)
         from ledger_entries e join ledger_accounts d on d.id = debit_account_id join ledger_accounts c on c.id = credit_account_id) as sum`,
      )
    )[0]?.sum;

  async function refusalOf(statement: string): Promise<string> {
    try {
      await application.query(statement);
      return 'accepted';
    } catch (error) {
      const { code, message } = error as pg.DatabaseError;
      return `${code} ${message}`;
    }
  }

  async function expectRefused(statements: string | readonly string[], reason: RegExp): Promise<void> {
    const all = [statements].flat();
    for (const statement of all.slice(0, -1)) {
      expect({ statement, was: await refusalOf(statement) }).toEqual({ statement, was: 'accepted' });
    }
    expect(await refusalOf(all.at(-1) ?? '')).toMatch(reason);
    // Other sessions see no change.
    expect(await readState()).toEqual(before);
    expect(await balances()).toBe('0');
  }

  it('runs as a role that owns nothing and is no superuser', async () => {
    const { rows } = await application.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
         (select count(*)::int from pg_class where relowner = r.oid) + (select count(*)::int from pg_proc where proowner = r.oid) as owns,
         (select count(*)::int from pg_auth_members where member = r.oid) as memberships
       from pg_roles r where rolname = current_user`,
    );
    const no = { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false };
    expect(rows).toEqual([{ ...no, owns: 0, memberships: 0 }]);
  });

  it.each(UNBALANCE)('cannot unbalance the books by %s', (_, statements, reason) => expectRefused(statements, reason));
  it.each(CHANGE)('cannot change %s', (_, statements, reason) => expectRefused(statements, reason));
  it.each(GUARDS)('cannot get around the guards by %s', (_, statements, reason) => expectRefused(statements, reason));
  it.each(OVERDRAW)('cannot overdraw an account by %s', (_, statements, reason) => expectRefused(statements, reason));

  it.each(KEPT)('cannot delete from %s', (table) => expectRefused(`delete from ${table}`, UNTOUCHED(table)));
  it.each(TABLES)('cannot truncate %s', (table) => expectRefused(`truncate ${table} cascade`, UNTOUCHED(table)));
  it.each(PARTITIONS)('cannot delete from a partition by its own name: %s', (table) =>
    expectRefused(`delete from ${table}`, DENIED(`table ${table}`)),
  );

  it('may delete only messages: the sent ones, and the done ones that are sent again', () => {
    expect(DELETES).toEqual(['outbox_messages', 'outbox_done']);
  });

  describe('that the server runs', () => {
    afterAll(async () => {
      expect(await balances()).toBe('0');
    });

    it.each([
      ['posts an entry, and the balance changes', post(ALIAS, IN_TRANSIT, 100)],
      ['inserts an entry into the journal, and the balance changes', entry(BEKZATS, IN_TRANSIT, 100)],
      [
        'names and blocks an account',
        `update ledger_accounts set name = 'm', status = 'BLOCKED' where id = '${ALIAS}'`,
      ],
      ['opens an account', account('customer_id, balance', "'CUSTOMER', 'C4', 0")],
      ['locks an account', `select 1 from ledger_accounts where id = '${ALIAS}' for update`],
      ['creates month partitions', `select platform_prepare_months('outbox_done', now())`],
    ])('%s', async (_, statement) => {
      expect(await refusalOf(statement)).toBe('accepted');
      expect(await balances()).toBe('0');
    });
  });
});
