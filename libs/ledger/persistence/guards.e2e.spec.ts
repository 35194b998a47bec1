import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountId } from '@mpp/kernel';
import type pg from 'pg';
import { LedgerFixture, MISSING_ACCOUNT } from '../../../test/support/ledger-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT } = SHARED_ACCOUNTS;
const POST = 'select ledger_post($1, $2, $3, $4, $5, now())';
const fixture = new LedgerFixture();

describe('the database, in a session of the owner of the tables,', () => {
  let owner: pg.Client;
  let account: AccountId;

  beforeAll(async () => {
    owner = await fixture.database.connect();
    account = await fixture.openAccount('1000.00');
  });

  afterAll(() => owner.end());

  /** The error message of a statement; null if PostgreSQL accepts it. Rolls back in any case. */
  async function refusalOf(sql: string, parameters: unknown[] = [], asReplica = false): Promise<string | null> {
    await owner.query('begin');
    try {
      if (asReplica) await owner.query('set local session_replication_role = replica');
      await owner.query(sql, parameters);
      return null;
    } catch (error) {
      return (error as pg.DatabaseError).message;
    } finally {
      await owner.query('rollback');
    }
  }

  it('is tested in a session of the owner', async () => {
    const { rows } = await owner.query<{ mine: boolean }>(
      "select tableowner = current_user as mine from pg_tables where tablename in ('ledger_accounts', 'ledger_entries')",
    );
    expect(rows).toEqual([{ mine: true }, { mine: true }]);
  });

  it('accepts an entry between two accounts', async () => {
    expect(await refusalOf(POST, ['PAYMENT', 'p', account, IN_TRANSIT, 1])).toBeNull();
  });

  it.each([
    ['from an account to itself', () => ['PAYMENT', 'p', account, account, 100], /violates check constraint/],
    [
      'from an account that does not exist',
      () => ['PAYMENT', 'p', MISSING_ACCOUNT, IN_TRANSIT, 100],
      /two accounts of the ledger/,
    ],
    [
      'to an account that does not exist',
      () => ['PAYMENT', 'p', account, MISSING_ACCOUNT, 100],
      /two accounts of the ledger/,
    ],
    ['from no account', () => ['PAYMENT', 'p', null, IN_TRANSIT, 100], /"debit_account_id" .* violates not-null/],
    ['to no account', () => ['PAYMENT', 'p', account, null, 100], /"credit_account_id" .* violates not-null/],
    ['of amount 0', () => ['PAYMENT', 'p', account, IN_TRANSIT, 0], /violates check constraint/],
    ['of a negative amount', () => ['PAYMENT', 'p', IN_TRANSIT, account, -100], /violates check constraint/],
    ['without an amount', () => ['PAYMENT', 'p', IN_TRANSIT, FUNDING, null], /violates (not-null|check) constraint/],
    ['without a reference', () => ['PAYMENT', '', account, IN_TRANSIT, 100], /violates check constraint/],
    ['of an unknown purpose', () => ['GIFT', 'p', account, IN_TRANSIT, 100], /violates check/],
    ['of more than the customer’s balance', () => ['PAYMENT', 'p', account, IN_TRANSIT, 100_001], /no_overdraft/],
  ])('refuses an entry %s', async (_, entry, message) => {
    expect(await refusalOf(POST, entry())).toMatch(message);
    expect(await refusalOf(POST, entry(), true)).toMatch(message);
  });

  const ONLY_BY_ENTRY = /only by a journal entry/;
  const APPEND_ONLY = /append-only/;
  it.each([
    ['an entry’s amount', 'update ledger_entries set amount = amount + 1', APPEND_ONLY],
    ['an entry’s accounts', `update ledger_entries set debit_account_id = '${IN_TRANSIT}'`, APPEND_ONLY],
    ['an entry’s reference', "update ledger_entries set reference = reference || '.'", APPEND_ONLY],
    ['an entry, by deleting it', 'delete from ledger_entries', APPEND_ONLY],
    ['all entries, by emptying the table', 'truncate ledger_entries', APPEND_ONLY],
    ['entries and accounts, by emptying both tables', 'truncate ledger_entries, ledger_accounts cascade', APPEND_ONLY],
    ['all accounts, by emptying the table', 'truncate ledger_accounts', APPEND_ONLY],
    ['an account, by deleting it', "delete from ledger_accounts where kind = 'CUSTOMER'", APPEND_ONLY],
    ['a balance, upwards', "update ledger_accounts set balance = balance + 1 where kind = 'CUSTOMER'", ONLY_BY_ENTRY],
    ['a balance, downwards', "update ledger_accounts set balance = balance - 1 where kind = 'CUSTOMER'", ONLY_BY_ENTRY],
    [
      'the balance of a shared account, which has none',
      "update ledger_accounts set balance = 1 where kind = 'FUNDING'",
      ONLY_BY_ENTRY,
    ],
    [
      'the customer of an account',
      "update ledger_accounts set customer_id = 'thief' where kind = 'CUSTOMER'",
      /the owner of an account cannot change/,
    ],
    [
      'the kind of an account',
      "update ledger_accounts set kind = 'FUNDING' where kind = 'IN_TRANSIT'",
      /the owner of an account cannot change/,
    ],
    ['an account’s id', 'update ledger_accounts set id = gen_random_uuid()', /the owner of an account cannot change/],
    [
      'a balance, by an insert on conflict',
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       select id, kind, customer_id, name, 0, created_at from ledger_accounts where kind = 'CUSTOMER'
       on conflict (id) do update set balance = ledger_accounts.balance + 5`,
      ONLY_BY_ENTRY,
    ],
    [
      'a balance, by a merge',
      `merge into ledger_accounts a using (select 7 as more) m on a.kind = 'CUSTOMER'
       when matched then update set balance = a.balance + m.more`,
      ONLY_BY_ENTRY,
    ],
  ])('refuses to change %s', async (_, sql, message) => {
    expect(await refusalOf(sql)).toMatch(message);
    expect(await refusalOf(sql, [], true)).toMatch(message);
  });

  it.each([
    ['with a balance', "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', 1, now())", /a new account has no balance/],
    [
      'with a negative balance',
      "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', -1, now())",
      /a new account has no balance/,
    ],
    ['without a balance', "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', null, now())", /customer and a balance/],
    ['without a customer', "values (gen_random_uuid(), 'CUSTOMER', null, 'n', 0, now())", /customer and a balance/],
    ['of a shared kind for the second time', "values (gen_random_uuid(), 'FUNDING', null, 'n', null, now())", /unique/],
    [
      'of kind DIFFERENCES for the second time',
      "values (gen_random_uuid(), 'DIFFERENCES', null, 'n', null, now())",
      /unique/,
    ],
  ])('refuses a new account %s', async (_, values, message) => {
    const sql = `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) ${values}`;
    expect(await refusalOf(sql)).toMatch(message);
    expect(await refusalOf(sql, [], true)).toMatch(message);
  });

  it('accepts a new name and status of an account, which move no money', async () => {
    expect(await refusalOf("update ledger_accounts set name = 'Новый', status = 'BLOCKED'")).toBeNull();
  });
});
