import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { RIGHTS } from '../../apps/mpp-server/migrations/rights.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { another, insertRow, paymentThatIs, rowOf } from '../support/payments.js';

const FUNDING = '00000000-0000-7000-8000-000000000001';
const IN_TRANSIT = '00000000-0000-7000-8000-000000000002';
const SUSPENSE = '00000000-0000-7000-8000-000000000006';
const BANK = '00000000-0000-7000-8000-000000000008';
const ALIAS = '019a0000-0000-7000-8000-0000000000a1';
const BEKZATS = '019a0000-0000-7000-8000-0000000000b1';
const NOBODYS = '019a0000-0000-7000-8000-0000000000c1';

const ENTRY =
  'insert into public.ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)';
const entry = (debit: string, credit: string, amount: number | string, purpose = 'PAYMENT') =>
  `${ENTRY} values ('${purpose}', '${randomUUID()}', '${debit}', '${credit}', ${amount}, now())`;
const post = (debit: string, credit: string, amount: number | string) =>
  `select ledger_post('PAYMENT', '${randomUUID()}', '${debit}', '${credit}', ${amount}, now())`;
const account = (columns: string, values: string) =>
  `insert into ledger_accounts (id, kind, ${columns}, name, created_at) values ('${randomUUID()}', ${values}, 'n', now())`;

const DENIED = (what: string) => new RegExp(`^42501 permission denied (for|to) ${what}`);
const OWNERS = (what: string) => new RegExp(`^42501 must be owner of ${what}`);

/** One after the other, each committed; all but the last are taken, and the last is refused for this reason. */
type Attempt = readonly [how: string, statements: string | readonly string[], reason: RegExp];

const UNBALANCE: readonly Attempt[] = [
  ['an entry of a negative amount', entry(ALIAS, IN_TRANSIT, -100), /^23514 .*ledger_entries_amount_check/],
  ['an entry of nothing', entry(ALIAS, IN_TRANSIT, 0), /^23514 .*ledger_entries_amount_check/],
  ['an entry of an unknown amount', entry(ALIAS, IN_TRANSIT, 'null'), /^23502 .*"amount"/],
  ['an entry from an account to itself', entry(ALIAS, ALIAS, 100), /^23514 .*ledger_entries_check/],
  ['an entry from an account that there is not', entry(NOBODYS, ALIAS, 100), /^23503 an entry needs two accounts/],
  ['an entry to an account that there is not', entry(ALIAS, NOBODYS, 100), /^23503 an entry needs two accounts/],
  [
    'an entry from an account that only it can see',
    [
      'create temporary table ledger_accounts (like public.ledger_accounts including defaults)',
      `insert into pg_temp.ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values ('${NOBODYS}', 'CUSTOMER', 'C', 'n', 1000000, now())`,
      entry(NOBODYS, ALIAS, 100),
    ],
    /^23503 an entry needs two accounts/,
  ],
  [
    'an entry that takes back what is in suspense by a journal that only it can see',
    [
      'create temporary table ledger_entries (like public.ledger_entries)',
      `insert into pg_temp.ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       values (1, 'REFUND', 'Ref1', '${FUNDING}', '${SUSPENSE}', 100, now())`,
      `${ENTRY} values ('REFUND_RELEASE', 'Ref1', '${SUSPENSE}', '${ALIAS}', 100, now())`,
    ],
    /^23514 a REFUND_RELEASE .* cannot be posted between these accounts/,
  ],
  ['a smaller amount of an entry', 'update ledger_entries set amount = 1', DENIED('table ledger_entries')],
  [
    'another account of an entry',
    `update ledger_entries set credit_account_id = '${BEKZATS}'`,
    DENIED('table ledger_entries'),
  ],
  [
    'an entry that is posted again with another amount',
    `${ENTRY} select purpose, reference, debit_account_id, credit_account_id, 1, booked_at from ledger_entries
     on conflict (credit_account_id, reference) where purpose = 'DEPOSIT' do update set amount = 1`,
    DENIED('table ledger_entries'),
  ],
  [
    'an entry under a number of its own choice',
    `insert into ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
     overriding system value values (-1, 'PAYMENT', 'before all others', '${ALIAS}', '${IN_TRANSIT}', 100, now())`,
    DENIED('table ledger_entries'),
  ],
  [
    'numbers that leave out some',
    "select setval('ledger_entries_id_seq', 1000000)",
    DENIED('sequence ledger_entries_id_seq'),
  ],
];

const BALANCE = `update public.ledger_accounts set balance = balance + 100 where id = '${ALIAS}'`;
const OWN_TRIGGER = (statement: string) => [
  `create function pg_temp.move() returns trigger language plpgsql as $$ begin ${statement}; return null; end $$`,
  'create temporary table lever (a int)',
  'create trigger lever after insert on lever for each row execute function pg_temp.move()',
];
const LEDGERS_TRIGGER = (name: string) => [
  'create temporary table lever (debit_account_id uuid, credit_account_id uuid, amount bigint)',
  `create trigger lever after insert on lever for each row execute function public.${name}()`,
];

const CHANGE: readonly Attempt[] = [
  ['a balance', BALANCE, DENIED('table ledger_accounts')],
  [
    'a balance by all columns at once',
    `update ledger_accounts set (name, balance) = ('n', 1)`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by opening the account again',
    `insert into ledger_accounts select * from ledger_accounts where id = '${ALIAS}' on conflict (id) do update set balance = 1`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by merging',
    `merge into ledger_accounts a using (select 1) s on a.id = '${ALIAS}' when matched then update set balance = 1`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by a trigger of its own',
    [...OWN_TRIGGER(BALANCE), 'insert into lever values (1)'],
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by a function of its own that says it acts for another',
    [
      `create function pg_temp.move() returns void language sql security definer as $$ ${BALANCE} $$`,
      'select pg_temp.move()',
    ],
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by hanging the ledger’s trigger on a table of its own',
    LEDGERS_TRIGGER('ledger_apply_entry'),
    DENIED('function'),
  ],
  ['a balance by calling the ledger’s trigger', 'select ledger_apply_entry()', DENIED('function')],
  [
    'a balance as a replica, for which triggers do not count',
    "set session_replication_role = 'replica'",
    DENIED('set parameter'),
  ],
  [
    'a balance with a right that it gives itself',
    ['grant update on ledger_accounts to current_user', BALANCE],
    DENIED('table ledger_accounts'),
  ],
  ['a balance as one who may write everything', 'set role pg_write_all_data', DENIED('set role')],
  ['whose account it is', `update ledger_accounts set customer_id = 'C2'`, DENIED('table ledger_accounts')],
  ['what kind of account it is', `update ledger_accounts set kind = 'FUNDING'`, DENIED('table ledger_accounts')],
  ['the number of an account', `update ledger_accounts set id = '${NOBODYS}'`, DENIED('table ledger_accounts')],
  ['what an entry is for', `update ledger_entries set purpose = 'REVERSAL'`, DENIED('table ledger_entries')],
  ['when an entry was booked', 'update ledger_entries set booked_at = now()', DENIED('table ledger_entries')],
  [
    'the debit of a payment',
    'update qr_payments set amount = 1 where debited_at is not null',
    /^23001 .*what is settled cannot change/,
  ],
  ['what Kaspi was paid', 'update registry_settlements set amount = 1', DENIED('table registry_settlements')],
  ['what people did', `update access_audit set actor = 'x'`, DENIED('table access_audit')],
  ['which version of the tables it is', `update migrations set name = 'x'`, DENIED('table migrations')],
  [
    'which tables get partitions',
    `insert into platform_monthly_tables values ('ledger_entries')`,
    DENIED('table platform_monthly_tables'),
  ],
];

const GUARDS: readonly Attempt[] = [
  [
    'disabling a trigger',
    'alter table ledger_entries disable trigger ledger_entries_apply',
    OWNERS('table ledger_entries'),
  ],
  ['disabling all triggers', 'alter table ledger_accounts disable trigger all', OWNERS('table ledger_accounts')],
  ['dropping a trigger', 'drop trigger ledger_accounts_guard on ledger_accounts', OWNERS('relation ledger_accounts')],
  [
    'a trigger beside them',
    [
      "create function pg_temp.nothing() returns trigger language plpgsql as 'begin return null; end'",
      'create trigger first before insert on ledger_entries for each row execute function pg_temp.nothing()',
    ],
    DENIED('table ledger_entries'),
  ],
  ['a rule', 'create rule nothing as on insert to ledger_entries do instead nothing', OWNERS('table ledger_entries')],
  [
    'replacing a trigger’s function',
    "create or replace function ledger_apply_entry() returns trigger language plpgsql as 'begin return null; end'",
    DENIED('schema public'),
  ],
  [
    'letting a trigger’s function act as its caller',
    'alter function ledger_apply_entry() security invoker',
    OWNERS('function ledger_apply_entry'),
  ],
  [
    'letting a trigger’s function look elsewhere',
    'alter function ledger_guard_account() reset all',
    OWNERS('function ledger_guard_account'),
  ],
  [
    'dropping a trigger’s function',
    'drop function ledger_apply_entry() cascade',
    OWNERS('function ledger_apply_entry'),
  ],
  [
    'dropping a constraint',
    'alter table ledger_accounts drop constraint ledger_accounts_no_overdraft',
    OWNERS('table ledger_accounts'),
  ],
  ['dropping an index', 'drop index ledger_entries_one_payment', OWNERS('index ledger_entries_one_payment')],
  ['dropping a table', 'drop table ledger_entries cascade', OWNERS('table ledger_entries')],
  ['renaming a table', 'alter table ledger_entries rename to old_entries', OWNERS('table ledger_entries')],
  ['owning a table', 'alter table ledger_entries owner to current_user', OWNERS('table ledger_entries')],
  ['another column', 'alter table ledger_entries add column note text', OWNERS('table ledger_entries')],
  ['dropping the schema', 'drop schema public cascade', OWNERS('schema public')],
  ['a table beside them', 'create table public.mine (a int)', DENIED('schema public')],
  ['a view beside them', 'create view public.mine as select 1', DENIED('schema public')],
  ['a table that inherits', 'create table public.mine () inherits (ledger_entries)', DENIED('schema public')],
  ['a schema beside theirs', 'create schema mine', DENIED('database')],
  [
    'an operator of its own',
    'create operator public.<> (leftarg = bigint, rightarg = int, function = int84eq)',
    DENIED('schema public'),
  ],
  [
    'making the journal monthly',
    `select platform_prepare_months('ledger_entries', now())`,
    /^22023 ledger_entries is not a monthly table/,
  ],
  ['taking a month away', 'alter table kaspi_calls detach partition kaspi_calls_default', OWNERS('table kaspi_calls')],
  [
    'a right for everybody',
    ['grant delete on ledger_entries to public', 'delete from ledger_entries'],
    DENIED('table ledger_entries'),
  ],
];

const OVERDRAW: readonly Attempt[] = [
  ['posting more than there is', post(ALIAS, IN_TRANSIT, 100_001), /^23514 .*ledger_accounts_no_overdraft/],
  ['writing into the journal by itself', entry(ALIAS, IN_TRANSIT, 100_001), /^23514 .*ledger_accounts_no_overdraft/],
  [
    'writing many entries at once, the last of which is too much',
    `${ENTRY} select 'PAYMENT', gen_random_uuid(), '${ALIAS}', '${IN_TRANSIT}', 1000, now() from generate_series(1, 101)`,
    /^23514 .*ledger_accounts_no_overdraft/,
  ],
  ['paying another customer', post(ALIAS, BEKZATS, 100), /^23514 a PAYMENT .* cannot be posted between these accounts/],
  [
    'paying out at the bank what a customer has',
    entry(ALIAS, BANK, 100, 'PAYOUT'),
    /^23514 a PAYOUT .* cannot be posted between these accounts/,
  ],
  [
    'waiting with the check until the end',
    ['begin; set constraints all deferred', post(ALIAS, IN_TRANSIT, 100_001)],
    /no_overdraft/,
  ],
  [
    'showing it a fuller account that only it can see',
    [
      'create temporary table ledger_accounts (like public.ledger_accounts)',
      'insert into pg_temp.ledger_accounts select * from public.ledger_accounts',
      'update pg_temp.ledger_accounts set balance = balance + 1000000',
      'set search_path = pg_temp, public',
      entry(ALIAS, IN_TRANSIT, 100_001),
    ],
    /^23514 .*ledger_accounts_no_overdraft/,
  ],
  [
    'changing the account',
    `update ledger_accounts set balance = -1 where id = '${ALIAS}'`,
    DENIED('table ledger_accounts'),
  ],
  [
    'opening one with a debt',
    account('customer_id, balance', "'CUSTOMER', 'C3', -1"),
    /^23001 a new account has no balance/,
  ],
  [
    'opening one with money',
    account('customer_id, balance', "'CUSTOMER', 'C3', 1"),
    /^23001 a new account has no balance/,
  ],
  [
    'opening one without a balance',
    account('customer_id, balance', "'CUSTOMER', 'C3', null"),
    /^23514 exactly the accounts of customers have a customer and a balance/,
  ],
];

const TABLES = Object.keys(RIGHTS);
const DELETES = TABLES.filter((table) => RIGHTS[table]?.includes('delete'));
const KEPT = TABLES.filter((table) => !DELETES.includes(table));
/** A view has nothing to lose, or is refused like a table. */
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
    // The guards do not rest on that an administrator has not allowed it.
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
    before = await everything();
  });

  afterAll(async () => {
    await application.end();
    await database.drop();
  });

  afterEach(async () => {
    // What a refused one has left open.
    await application.query('rollback');
    await application.query('discard all');
  });

  /** Every row of every table, and whatever guards them. */
  async function everything(): Promise<unknown> {
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
      return 'taken';
    } catch (error) {
      const { code, message } = error as pg.DatabaseError;
      return `${code} ${message}`;
    }
  }

  async function expectRefused(statements: string | readonly string[], reason: RegExp): Promise<void> {
    const all = [statements].flat();
    for (const statement of all.slice(0, -1)) {
      expect({ statement, was: await refusalOf(statement) }).toEqual({ statement, was: 'taken' });
    }
    expect(await refusalOf(all.at(-1) ?? '')).toMatch(reason);
    // For whoever else looks: nothing of it is there.
    expect(await everything()).toEqual(before);
    expect(await balances()).toBe('0');
  }

  it('is by somebody who owns nothing and is no superuser', async () => {
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
  it.each(PARTITIONS)('cannot delete from a month by its own name: %s', (table) =>
    expectRefused(`delete from ${table}`, DENIED(`table ${table}`)),
  );

  it('deletes messages alone: those that are sent, and those that are done once they are to be sent again', () => {
    expect(DELETES).toEqual(['outbox_messages', 'outbox_done']);
  });

  describe('that is the server’s own', () => {
    afterAll(async () => {
      expect(await balances()).toBe('0');
    });

    it.each([
      ['posts an entry, and the balance moves', post(ALIAS, IN_TRANSIT, 100)],
      ['writes an entry into the journal, and the balance moves', entry(BEKZATS, IN_TRANSIT, 100)],
      [
        'names and blocks an account',
        `update ledger_accounts set name = 'm', status = 'BLOCKED' where id = '${ALIAS}'`,
      ],
      ['opens an account', account('customer_id, balance', "'CUSTOMER', 'C4', 0")],
      ['locks an account', `select 1 from ledger_accounts where id = '${ALIAS}' for update`],
      ['prepares months', `select platform_prepare_months('outbox_done', now())`],
    ])('%s', async (_, statement) => {
      expect(await refusalOf(statement)).toBe('taken');
      expect(await balances()).toBe('0');
    });
  });
});
