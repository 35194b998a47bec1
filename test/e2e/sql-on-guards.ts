import {
  ALIAS,
  type Attempt,
  account,
  BANK,
  BEKZATS,
  DENIED,
  ENTRY,
  entry,
  IN_TRANSIT,
  OWNERS,
  post,
} from './sql-statements.js';

/** Attempts to remove or circumvent the guards of the tables. */
export const GUARDS: readonly Attempt[] = [
  [
    'disabling a trigger',
    'alter table ledger_entries disable trigger ledger_entries_apply',
    OWNERS('table ledger_entries'),
  ],
  ['disabling all triggers', 'alter table ledger_accounts disable trigger all', OWNERS('table ledger_accounts')],
  ['dropping a trigger', 'drop trigger ledger_accounts_guard on ledger_accounts', OWNERS('relation ledger_accounts')],
  [
    'another trigger',
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
    'making a trigger’s function act as its caller',
    'alter function ledger_apply_entry() security invoker',
    OWNERS('function ledger_apply_entry'),
  ],
  [
    'resetting the search path of a trigger’s function',
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
  ['becoming the owner of a table', 'alter table ledger_entries owner to current_user', OWNERS('table ledger_entries')],
  ['adding a column', 'alter table ledger_entries add column note text', OWNERS('table ledger_entries')],
  ['dropping the schema', 'drop schema public cascade', OWNERS('schema public')],
  ['creating a table', 'create table public.mine (a int)', DENIED('schema public')],
  ['creating a view', 'create view public.mine as select 1', DENIED('schema public')],
  ['creating a table that inherits', 'create table public.mine () inherits (ledger_entries)', DENIED('schema public')],
  ['creating a schema', 'create schema mine', DENIED('database')],
  [
    'creating an operator',
    'create operator public.<> (leftarg = bigint, rightarg = int, function = int84eq)',
    DENIED('schema public'),
  ],
  [
    'partitioning the journal',
    `select platform_prepare_months('ledger_entries', now())`,
    /^22023 ledger_entries is not a monthly table/,
  ],
  [
    'detaching a partition',
    'alter table kaspi_calls detach partition kaspi_calls_default',
    OWNERS('table kaspi_calls'),
  ],
  [
    'granting a right to public',
    ['grant delete on ledger_entries to public', 'delete from ledger_entries'],
    DENIED('table ledger_entries'),
  ],
];

/** Attempts to overdraw an account. */
export const OVERDRAW: readonly Attempt[] = [
  ['posting more than the balance', post(ALIAS, IN_TRANSIT, 100_001), /^23514 .*ledger_accounts_no_overdraft/],
  ['inserting into the journal directly', entry(ALIAS, IN_TRANSIT, 100_001), /^23514 .*ledger_accounts_no_overdraft/],
  [
    'inserting many entries at once, the last of which exceeds the balance',
    `${ENTRY} select 'PAYMENT', gen_random_uuid(), '${ALIAS}', '${IN_TRANSIT}', 1000, now() from generate_series(1, 101)`,
    /^23514 .*ledger_accounts_no_overdraft/,
  ],
  ['paying another customer', post(ALIAS, BEKZATS, 100), /^23514 a PAYMENT .* cannot be posted between these accounts/],
  [
    'paying out the balance at the bank',
    entry(ALIAS, BANK, 100, 'PAYOUT'),
    /^23514 a PAYOUT .* cannot be posted between these accounts/,
  ],
  [
    'deferring the check to the commit',
    ['begin; set constraints all deferred', post(ALIAS, IN_TRANSIT, 100_001)],
    /no_overdraft/,
  ],
  [
    'a temporary table with a higher balance',
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
    'updating the balance',
    `update ledger_accounts set balance = -1 where id = '${ALIAS}'`,
    DENIED('table ledger_accounts'),
  ],
  [
    'opening an account with a negative balance',
    account('customer_id, balance', "'CUSTOMER', 'C3', -1"),
    /^23001 a new account has no balance/,
  ],
  [
    'opening an account with a balance',
    account('customer_id, balance', "'CUSTOMER', 'C3', 1"),
    /^23001 a new account has no balance/,
  ],
  [
    'opening an account without a balance',
    account('customer_id, balance', "'CUSTOMER', 'C3', null"),
    /^23514 an account has a customer and a balance if and only if it is of kind CUSTOMER or CORE_CUSTOMER/,
  ],
];
