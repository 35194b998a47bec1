import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, DomainError, Money } from '@mpp/kernel';
import { Database, violatedConstraint } from '@mpp/platform';
import fc from 'fast-check';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { startTestServer, type TestServer } from '../../test/support/mpp.js';
import { until } from '../../test/support/until.js';
import { Books } from './books.js';
import { SHARED_ACCOUNTS } from './domain/chart.js';
import type { NewEntry } from './domain/entry.js';
import { Ledger } from './ledger.service.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
const NOBODYS = '00000000-0000-7000-8000-00000000dead' as AccountId;
const tenge = (text: string) => Money.parse(text);

let database: TestDatabase;
let server: TestServer;
let ledger: Ledger;
let books: Books;
/** A session of the tables' owner. */
let owner: pg.Client;
let customers = 0;

beforeAll(async () => {
  database = await createDatabase();
  server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
  ledger = server.app.get(Ledger);
  books = server.app.get(Books);
  owner = await database.connect();
});

afterAll(async () => {
  await owner.end();
  await server.stop();
  await database.drop();
});

/** A customer of their own for every test, with one account. */
async function accountWith(amount: string): Promise<AccountId> {
  const { id } = await ledger.openAccount(`L${++customers}` as CustomerId, 'Основной счёт');
  if (amount !== '0.00') await ledger.deposit(id, tenge(amount), 'opening');
  return id;
}

async function balanceOf(id: AccountId): Promise<string> {
  const [row] = await database.query<{ balance: string }>('select balance from ledger_accounts where id = $1', [id]);
  return Money.ofTiyn(BigInt(row?.balance ?? -1)).toString();
}

function post(...entries: NewEntry[]): Promise<void> {
  return server.app.get(Database).transaction((tx) => ledger.post(tx, entries));
}

const payment = (reference: string, debit: AccountId, amount: string): NewEntry => ({
  purpose: 'PAYMENT',
  reference,
  debit,
  credit: IN_TRANSIT,
  amount: tenge(amount),
});

const POST = 'select ledger_post($1, $2, $3, $4, $5, now())';

describe('the books, to the owner of the tables,', () => {
  let account: AccountId;

  beforeAll(async () => {
    account = await accountWith('1000.00');
  });

  /** What PostgreSQL says to a statement; null where it lets it pass. Nothing of it stays. */
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

  it('are owned by whoever tries what follows', async () => {
    const { rows } = await owner.query<{ mine: boolean }>(
      "select tableowner = current_user as mine from pg_tables where tablename in ('ledger_accounts', 'ledger_entries')",
    );
    expect(rows).toEqual([{ mine: true }, { mine: true }]);
  });

  it('take an entry between two accounts', async () => {
    expect(await refusalOf(POST, ['PAYMENT', 'p', account, IN_TRANSIT, 1])).toBeNull();
  });

  it.each([
    ['from an account to itself', () => ['PAYMENT', 'p', account, account, 100], /violates check constraint/],
    [
      'from an account that does not exist',
      () => ['PAYMENT', 'p', NOBODYS, IN_TRANSIT, 100],
      /two accounts of the ledger/,
    ],
    ['to an account that does not exist', () => ['PAYMENT', 'p', account, NOBODYS, 100], /two accounts of the ledger/],
    ['from no account', () => ['PAYMENT', 'p', null, IN_TRANSIT, 100], /"debit_account_id" .* violates not-null/],
    ['to no account', () => ['PAYMENT', 'p', account, null, 100], /"credit_account_id" .* violates not-null/],
    ['of nothing', () => ['PAYMENT', 'p', account, IN_TRANSIT, 0], /violates check constraint/],
    ['of a negative amount', () => ['PAYMENT', 'p', IN_TRANSIT, account, -100], /violates check constraint/],
    ['of an unknown amount', () => ['PAYMENT', 'p', IN_TRANSIT, FUNDING, null], /violates (not-null|check) constraint/],
    ['without a reference', () => ['PAYMENT', '', account, IN_TRANSIT, 100], /violates check constraint/],
    ['for a purpose that accounting does not know', () => ['GIFT', 'p', account, IN_TRANSIT, 100], /violates check/],
    ['of more than the customer has', () => ['PAYMENT', 'p', account, IN_TRANSIT, 100_001], /no_overdraft/],
  ])('refuse an entry %s', async (_, entry, says) => {
    expect(await refusalOf(POST, entry())).toMatch(says);
    expect(await refusalOf(POST, entry(), true)).toMatch(says);
  });

  const ONLY_BY_ENTRY = /only by a journal entry/;
  const APPEND_ONLY = /append-only/;
  it.each([
    ['an entry’s amount', 'update ledger_entries set amount = amount + 1', APPEND_ONLY],
    ['an entry’s accounts', `update ledger_entries set debit_account_id = '${IN_TRANSIT}'`, APPEND_ONLY],
    ['an entry’s reference', "update ledger_entries set reference = reference || '.'", APPEND_ONLY],
    ['an entry, by deleting it', 'delete from ledger_entries', APPEND_ONLY],
    ['all entries, by emptying the table', 'truncate ledger_entries', APPEND_ONLY],
    ['all of it, by emptying both tables', 'truncate ledger_entries, ledger_accounts cascade', APPEND_ONLY],
    ['all accounts, by emptying the table', 'truncate ledger_accounts', APPEND_ONLY],
    ['an account, by deleting it', "delete from ledger_accounts where kind = 'CUSTOMER'", APPEND_ONLY],
    ['a balance, upwards', "update ledger_accounts set balance = balance + 1 where kind = 'CUSTOMER'", ONLY_BY_ENTRY],
    ['a balance, downwards', "update ledger_accounts set balance = balance - 1 where kind = 'CUSTOMER'", ONLY_BY_ENTRY],
    [
      'a shared account’s missing balance',
      "update ledger_accounts set balance = 1 where kind = 'FUNDING'",
      ONLY_BY_ENTRY,
    ],
    [
      'whose account it is',
      "update ledger_accounts set customer_id = 'thief' where kind = 'CUSTOMER'",
      /the owner of an account cannot change/,
    ],
    [
      'what kind it is',
      "update ledger_accounts set kind = 'FUNDING' where kind = 'IN_TRANSIT'",
      /the owner of an account cannot change/,
    ],
    ['an account’s id', 'update ledger_accounts set id = gen_random_uuid()', /the owner of an account cannot change/],
    [
      'a balance, by inserting the account again',
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       select id, kind, customer_id, name, 0, created_at from ledger_accounts where kind = 'CUSTOMER'
       on conflict (id) do update set balance = ledger_accounts.balance + 5`,
      ONLY_BY_ENTRY,
    ],
    [
      'a balance, by merging',
      `merge into ledger_accounts a using (select 7 as more) m on a.kind = 'CUSTOMER'
       when matched then update set balance = a.balance + m.more`,
      ONLY_BY_ENTRY,
    ],
  ])('let nobody change %s', async (_, sql, says) => {
    expect(await refusalOf(sql)).toMatch(says);
    expect(await refusalOf(sql, [], true)).toMatch(says);
  });

  it.each([
    ['with money in it', "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', 1, now())", /a new account has no balance/],
    ['with a debt', "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', -1, now())", /a new account has no balance/],
    ['without a balance', "values (gen_random_uuid(), 'CUSTOMER', 'c', 'n', null, now())", /customer and a balance/],
    ['of nobody', "values (gen_random_uuid(), 'CUSTOMER', null, 'n', 0, now())", /customer and a balance/],
    ['that is shared, a second time', "values (gen_random_uuid(), 'FUNDING', null, 'n', null, now())", /unique/],
    ['for differences, a second time', "values (gen_random_uuid(), 'DIFFERENCES', null, 'n', null, now())", /unique/],
  ])('open no account %s', async (_, values, says) => {
    const sql = `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) ${values}`;
    expect(await refusalOf(sql)).toMatch(says);
    expect(await refusalOf(sql, [], true)).toMatch(says);
  });

  it('let an account be renamed and blocked: that moves no money', async () => {
    expect(await refusalOf("update ledger_accounts set name = 'Новый', status = 'BLOCKED'")).toBeNull();
  });

  it('show it where somebody takes the guards away and touches a balance', async () => {
    const unguarded = (sql: string) =>
      owner.query(`begin; alter table ledger_accounts disable trigger ledger_accounts_guard; ${sql};
        alter table ledger_accounts enable always trigger ledger_accounts_guard; commit`);
    await unguarded(`update ledger_accounts set balance = balance + 1 where id = '${account}'`);
    expect((await books.trialBalance(null)).balanced).toBe(false);
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: false });
    await unguarded(`update ledger_accounts set balance = balance - 1 where id = '${account}'`);
    expect((await books.trialBalance(null)).balanced).toBe(true);
  });
});

describe('two transactions that spend the same money', () => {
  let first: pg.Client;
  let second: pg.Client;

  beforeAll(async () => {
    [first, second] = await Promise.all([database.connect(), database.connect()]);
  });

  afterAll(() => Promise.all([first.end(), second.end()]));

  /** The first has posted and not committed; the second posts and waits for it. Returns what the second is told. */
  async function race(entries: readonly [unknown[], unknown[]], ending: 'commit' | 'rollback'): Promise<unknown> {
    const { rows } = await second.query<{ pid: number }>('select pg_backend_pid() as pid');
    await first.query('begin');
    await first.query(POST, entries[0]);
    const told = second.query(POST, entries[1]).then(
      () => 'posted',
      (error: unknown) => violatedConstraint(error),
    );
    await until(
      'the second to wait for the first',
      () => owner.query("select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", [rows[0]?.pid]),
      ({ rowCount }) => rowCount === 1,
    );
    await first.query(ending);
    return told;
  }

  const pay = (reference: string, account: AccountId, tiyn: number) => [
    'PAYMENT',
    reference,
    account,
    IN_TRANSIT,
    tiyn,
  ];

  it('do not overdraw the account: the second is refused when the first has committed', async () => {
    const account = await accountWith('100.00');
    expect(await race([pay('race-1', account, 8000), pay('race-2', account, 8000)], 'commit')).toBe(
      'ledger_accounts_no_overdraft',
    );
    expect(await balanceOf(account)).toBe('20.00');
  });

  it('let the second have it where the first gives up', async () => {
    const account = await accountWith('100.00');
    expect(await race([pay('race-3', account, 8000), pay('race-4', account, 8000)], 'rollback')).toBe('posted');
    expect(await balanceOf(account)).toBe('20.00');
  });

  it('do not debit one payment twice, not even from two accounts', async () => {
    const [one, other] = [await accountWith('100.00'), await accountWith('100.00')];
    expect(await race([pay('race-5', one, 100), pay('race-5', other, 100)], 'commit')).toBe(
      'ledger_entries_one_payment',
    );
    expect([await balanceOf(one), await balanceOf(other)]).toEqual(['99.00', '100.00']);
  });
});

describe('a payment', () => {
  it('that is dropped as known already moves no balance', async () => {
    const account = await accountWith('100.00');
    const values = ['known', account, IN_TRANSIT];
    const insert = `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
      values ('PAYMENT', $1, $2, $3, 1000, now()) on conflict do nothing`;
    await database.query(insert, values);
    await database.query(insert, values);
    expect(await balanceOf(account)).toBe('90.00');
  });

  it('has one end: its money in transit goes to Kaspi or back to the customer, never both', async () => {
    const account = await accountWith('1000.00');
    const reference = 'one-end';
    await post({ purpose: 'PAYMENT', reference, debit: account, credit: IN_TRANSIT, amount: tenge('10.00') });
    await post({
      purpose: 'SETTLEMENT',
      reference,
      debit: IN_TRANSIT,
      credit: PAYABLE_TO_KASPI,
      amount: tenge('10.00'),
    });
    const back = {
      purpose: 'REVERSAL',
      reference,
      debit: IN_TRANSIT,
      credit: account,
      amount: tenge('10.00'),
    } as const;
    await expect(post(back)).rejects.toThrow('ledger_entries_one_end');
    expect(await balanceOf(account)).toBe('990.00');
  });

  it.each([
    ['PAYMENT', 'ledger_entries_one_payment'],
    ['SETTLEMENT', 'ledger_entries_one_end'],
    ['REVERSAL', 'ledger_entries_one_end'],
  ] as const)('has one %s for ever', async (purpose, guard) => {
    const account = await accountWith('1000.00');
    const reference = `once-${purpose}`;
    const paid = payment(reference, account, '10.00');
    const end = { purpose, reference, debit: IN_TRANSIT, credit: purpose === 'REVERSAL' ? account : PAYABLE_TO_KASPI };
    const entry = purpose === 'PAYMENT' ? paid : { ...end, amount: paid.amount };
    if (purpose !== 'PAYMENT') await post(paid);
    await post(entry);
    await expect(post(entry)).rejects.toThrow(guard);
    await expect(post({ ...entry, amount: tenge('20.00') })).rejects.toThrow(guard);
    await expect(post({ ...entry, debit: IN_TRANSIT, credit: account })).rejects.toThrow(guard);
    expect(await balanceOf(account)).toBe(purpose === 'REVERSAL' ? '1000.00' : '990.00');
  });

  it('has one DIFFERENCE for ever, and only between what we owe Kaspi and the differences: no customer is part of it', async () => {
    const account = await accountWith('1000.00');
    const entry = { purpose: 'DIFFERENCE', reference: 'once', amount: tenge('10.00') } as const;
    for (const other of [account, FUNDING, IN_TRANSIT]) {
      await expect(post({ ...entry, debit: other, credit: DIFFERENCES })).rejects.toThrow('cannot be posted between');
      await expect(post({ ...entry, debit: PAYABLE_TO_KASPI, credit: other })).rejects.toThrow(
        'cannot be posted between',
      );
    }
    const [one, back] = [
      { ...entry, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI },
      { ...entry, reference: 'back' },
    ];
    await post(one);
    await expect(post(one)).rejects.toThrow('ledger_entries_once');
    await expect(post({ ...one, amount: tenge('20.00') })).rejects.toThrow('ledger_entries_once');
    await expect(post({ ...one, debit: PAYABLE_TO_KASPI, credit: DIFFERENCES })).rejects.toThrow('entries_once');
    await post({ ...back, debit: PAYABLE_TO_KASPI, credit: DIFFERENCES });
    expect(await balanceOf(account)).toBe('1000.00');
  });

  it('that Kaspi contradicts after its end is booked as a difference: no customer’s balance moves (R36)', async () => {
    const account = await accountWith('100.00');
    const [reference, amount] = ['contradicted', tenge('10.00')];
    const line = async (kind: string) =>
      (await server.mpp.trialBalance()).lines.find(({ account: shown }) => shown === kind);
    await post(payment(reference, account, '10.00'));
    await post({ purpose: 'REVERSAL', reference, debit: IN_TRANSIT, credit: account, amount });
    const before = await line('DIFFERENCES');
    await post({ purpose: 'DIFFERENCE', reference, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI, amount });
    expect(before).toEqual({ account: 'DIFFERENCES', debit: '0.00', credit: '0.00' });
    expect(await line('DIFFERENCES')).toEqual({ account: 'DIFFERENCES', debit: '10.00', credit: '0.00' });
    expect(await balanceOf(account)).toBe('100.00');
    expect((await books.trialBalance(null)).balanced).toBe(true);
    await post({
      ...payment('other way', account, '10.00'),
      purpose: 'DIFFERENCE',
      debit: PAYABLE_TO_KASPI,
      credit: DIFFERENCES,
    });
    expect(await line('DIFFERENCES')).toEqual(before);
  });

  it('is posted together with what belongs to it, or not at all', async () => {
    const [rich, poor] = [await accountWith('100.00'), await accountWith('1.00')];
    await expect(post(payment('all-1', rich, '100.00'), payment('all-2', poor, '1.01'))).rejects.toThrow(
      'no_overdraft',
    );
    expect([await balanceOf(rich), await balanceOf(poor)]).toEqual(['100.00', '1.00']);
    await post(payment('all-1', rich, '100.00'), payment('all-2', poor, '1.00'));
    expect([await balanceOf(rich), await balanceOf(poor)]).toEqual(['0.00', '0.00']);
  });
});

describe('a deposit', () => {
  const deposit = async (id: string, body: object) =>
    server.mpp.call<{ balance: string; code?: string }>('POST', `/ops/v1/accounts/${id}/deposits`, {
      token: await server.mpp.teamToken('accounting'),
      body,
    });

  it('is made once per reference, also when 20 of it arrive at the same moment', async () => {
    const account = await accountWith('0.00');
    const body = { amount: '150.00', reference: 'cash-desk-17' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => deposit(account, body)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map((answer) => answer.body.balance))).toEqual(new Set(['150.00']));
    expect((await deposit(account, body)).body).toMatchObject({ id: account, balance: '150.00' });
    const entries = await books.entries(account, 10, null);
    expect(entries).toMatchObject([{ purpose: 'DEPOSIT', reference: 'cash-desk-17', debit: FUNDING, credit: account }]);
  });

  it('with another amount under a known reference is refused with 409, and changes nothing', async () => {
    const account = await accountWith('0.00');
    await deposit(account, { amount: '150.00', reference: 'cash-desk-18' });
    const other = await deposit(account, { amount: '151.00', reference: 'cash-desk-18' });
    expect(other).toMatchObject({ status: 409, body: { code: 'REFERENCE_REUSED' } });
    expect(await balanceOf(account)).toBe('150.00');
  });

  it('of 20 amounts under one reference at the same moment is one of them, and 409 to the others', async () => {
    const account = await accountWith('0.00');
    const amounts = Array.from({ length: 20 }, (_, index) => `${index + 1}.00`);
    const answers = await Promise.all(amounts.map((amount) => deposit(account, { amount, reference: 'till' })));
    const taken = amounts.filter((_, index) => answers[index]?.status === 200);
    expect(taken).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect([await balanceOf(account)]).toEqual(taken);
  });

  it('under the same reference on another account is another deposit', async () => {
    const accounts = [await accountWith('0.00'), await accountWith('0.00')];
    for (const account of accounts) await deposit(account, { amount: '10.00', reference: 'salary' });
    expect(await Promise.all(accounts.map(balanceOf))).toEqual(['10.00', '10.00']);
  });

  it.each([
    ['of nothing', '0.00', 422, 'AMOUNT_INVALID'],
    ['of a negative amount', '-1.00', 400, 'VALIDATION_FAILED'],
    ['of part of a tiyn', '0.001', 400, 'VALIDATION_FAILED'],
    ['beyond the largest amount', '1000000000000000.01', 422, 'AMOUNT_INVALID'],
  ])('%s is refused', async (_, amount, status, code) => {
    const account = await accountWith('5.00');
    expect(await deposit(account, { amount, reference: 'r' })).toMatchObject({ status, body: { code } });
    expect(await balanceOf(account)).toBe('5.00');
  });

  it('that makes more of a balance than an amount can be is refused, and the account can still be shown', async () => {
    const account = await accountWith('0.01');
    const answer = await deposit(account, { amount: '1000000000000000.00', reference: 'too much' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED' } });
    expect(await balanceOf(account)).toBe('0.01');
  });

  it.each([
    ['an account that does not exist', NOBODYS],
    ['what is no account', 'main'],
    ['in transit', IN_TRANSIT],
    ['funding', FUNDING],
  ])('to %s is 404', async (_, id) => {
    const answer = await deposit(id, { amount: '1.00', reference: 'r' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('the trial balance', () => {
  it('is balanced at every moment while 50 deposits and payments run at once', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, () => accountWith('1000.00')));
    let running = true;
    const work = Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const account = accounts[index % 5] as AccountId;
        return index % 2 === 0
          ? ledger.deposit(account, tenge('7.00'), `busy-${index}`)
          : post(payment(`busy-${index}`, account, '3.00'));
      }),
    ).finally(() => {
      running = false;
    });
    const seen = [];
    while (running) {
      seen.push(await books.trialBalance(null));
      await pause(0);
    }
    await work;
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.filter(({ balanced }) => !balanced)).toEqual([]);
    expect(
      new Set(seen.map(({ lines }) => lines.find(({ account }) => account === 'FUNDING')?.debit)).size,
    ).toBeGreaterThan(1);
  });
});

describe('whatever is posted and refused', () => {
  const amount = fc
    .oneof(fc.integer({ min: 0, max: 500 }), fc.constantFrom(1, 100, 100_000, 9_999_999_999))
    .map(BigInt);
  const own = fc.integer({ min: 0, max: 2 });
  const place = fc.integer({ min: 0, max: 6 });
  const reference = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const purpose = fc.constantFrom('PAYMENT', 'SETTLEMENT', 'REVERSAL', 'DIFFERENCE', 'DEPOSIT');
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('deposit'), to: fc.integer({ min: 0, max: 2 }), amount, reference }),
    fc.record({ kind: fc.constant('post'), purpose, from: place, to: place, amount, reference }),
    // What has a chance.
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('PAYMENT'),
      from: own,
      to: fc.constant(4),
      amount,
      reference,
    }),
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('SETTLEMENT'),
      from: fc.constant(4),
      to: fc.constant(5),
      amount,
      reference,
    }),
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('REVERSAL'),
      from: fc.constant(4),
      to: own,
      amount,
      reference,
    }),
  );
  type Operation = { kind: string; from?: number; to: number; amount: bigint; reference: string; purpose?: string };

  /** The books as a clerk would keep them: three customers' accounts, then the shared ones. */
  class Clerk {
    readonly balances = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
    readonly once = new Map<string, bigint>();
    readonly payers = new Map<string, number>();
    entries = 0;

    /** Whether it goes through. Written down where it does. */
    takes({ kind, from = 3, to, amount, reference, purpose = 'DEPOSIT' }: Operation): boolean {
      const once = purpose === 'PAYMENT' || purpose === 'DIFFERENCE' ? purpose : 'end';
      const key = purpose === 'DEPOSIT' ? `deposit ${to} ${reference}` : `${once} ${reference}`;
      const known = this.once.get(key);
      if (kind === 'deposit' && known !== undefined && amount > 0n) return known === amount;
      if (known !== undefined || amount === 0n || from === to || (from < 3 && (this.balances[from] ?? 0n) < amount))
        return false;
      if (!this.parties(purpose, from, to, amount, reference)) return false;
      if (purpose === 'PAYMENT') this.payers.set(reference, from);
      this.once.set(key, amount);
      this.balances[from] = (this.balances[from] ?? 0n) - amount;
      this.balances[to] = (this.balances[to] ?? 0n) + amount;
      this.entries++;
      return true;
    }

    /** 3 is funding, 4 in transit, 5 payable to Kaspi, 6 the differences. */
    private parties(purpose: string, from: number, to: number, amount: bigint, reference: string): boolean {
      const paid = this.once.get(`PAYMENT ${reference}`) === amount;
      switch (purpose) {
        case 'PAYMENT':
          return from < 3 && to === 4;
        case 'SETTLEMENT':
          return from === 4 && to === 5 && paid;
        case 'REVERSAL':
          return from === 4 && to === this.payers.get(reference) && paid;
        case 'DIFFERENCE':
          return from + to === 11;
        default:
          return from === 3 && to < 3;
      }
    }
  }

  it('balances are what the journal says, and refusals leave no trace', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 12 }), async (operations) => {
        run++;
        const own = await Promise.all([accountWith('0.00'), accountWith('0.00'), accountWith('0.00')]);
        const places = [...own, FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES] as const;
        const at = (index: number) => places[index] as AccountId;
        const clerk = new Clerk();
        for (const given of operations as Operation[]) {
          const named = `run-${run}-${given.reference}`;
          const money = Money.ofTiyn(given.amount);
          const entry = { reference: named, debit: at(given.from ?? 3), credit: at(given.to), amount: money };
          const done =
            given.kind === 'deposit'
              ? ledger.deposit(at(given.to), money, named)
              : post({ ...entry, purpose: given.purpose as NewEntry['purpose'] });
          const went = await done.then(
            () => true,
            (error: unknown) => {
              if (violatedConstraint(error) === null && !(error instanceof DomainError)) throw error;
              return false;
            },
          );
          expect({ given, went }).toEqual({ given, went: clerk.takes(given) });
        }

        const shown = await database.query<{ id: AccountId; balance: string; journal: string }>(
          `select a.id, a.balance,
             coalesce((select sum(amount) from ledger_entries where credit_account_id = a.id), 0)
             - coalesce((select sum(amount) from ledger_entries where debit_account_id = a.id), 0) as journal
           from ledger_accounts a where a.kind = 'CUSTOMER'`,
        );
        expect(shown.filter(({ balance, journal }) => balance !== journal)).toEqual([]);
        for (const [index, id] of own.entries())
          expect(shown.find((row) => row.id === id)?.balance).toBe(clerk.balances[index]?.toString());
        const written = await database.query('select 1 from ledger_entries where reference like $1', [`run-${run}-%`]);
        expect(written).toHaveLength(clerk.entries);
        expect((await books.trialBalance(null)).balanced).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
