import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { CustomerAccounts, describeFault, JournalSeals, SHARED_ACCOUNTS } from '@mpp/ledger';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { PROGRAM_ENV } from '../../../test/support/program-env.js';
import { BooksVerification } from './books-verification.js';

const VERIFY = path.join(import.meta.dirname, '../../../dist/apps/mpp-server/verify-ledger.js');
const OPEN = '019a0000-0000-7000-8000-0000000000a1';
const SETTLED = '019a0000-0000-7000-8000-0000000000a2';
const NOBODYS = '00000000-0000-7000-8000-00000000dead';
const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
const TABLES = [
  'ledger_entries',
  'ledger_accounts',
  'ledger_seals',
  'ledger_turnovers',
  'ledger_checkpoints',
  'ledger_verifications',
  'qr_payments',
];

let database: TestDatabase;
let server: TestServer;
let owner: pg.Client;
let account: AccountId;
/** A sealed deposit, and a gap in the journal after it. */
let deposit: string;
let gap: string;

beforeAll(async () => {
  database = await createDatabase();
  // Only the tests seal and check.
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env);
  owner = await database.connect();
  const accounts = server.app.get(CustomerAccounts);
  account = (await accounts.open('V1' as CustomerId, 'счёт')).id;
  for (let n = 0; n < 110; n++) await accounts.deposit(account, Money.parse('10.00'), `d-${n}`);
  await owner.query("select nextval(pg_get_serial_sequence('ledger_entries', 'id'))");
  for (const [id, status] of [
    [OPEN, 'PROCESSING'],
    [SETTLED, 'CONFIRMED'],
  ]) {
    await owner.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, account_id,
         notify_result, debited_at, settled_by, created_at, updated_at)
       values ($1::uuid, $1::uuid::text, 'V1', 'Dynamic', $2, 10000, now(), $3, 'SUCCESS', now(), $4, now(), now())`,
      [id, status, account, status === 'CONFIRMED' ? 'KASPI' : null],
    );
    await owner.query("select ledger_post('PAYMENT', $1, $2, $3, 10000, now())", [id, account, IN_TRANSIT]);
  }
  await owner.query("select ledger_post('SETTLEMENT', $1, $2, $3, 10000, now())", [
    SETTLED,
    IN_TRANSIT,
    PAYABLE_TO_KASPI,
  ]);
  await seal(25);
  const { rows } = await owner.query<{ deposit: string; gap: string }>(
    `select (select id from ledger_entries where reference = 'd-30') as deposit,
       (select max(id) + 1 from ledger_entries where purpose = 'DEPOSIT') as gap`,
  );
  ({ deposit, gap } = rows[0] as { deposit: string; gap: string });
  for (const table of TABLES) await owner.query(`create table kept_${table} as table ${table}`);
});

afterAll(async () => {
  await owner.end();
  await server.stop();
  await database.drop();
});

/** As the owner of the tables, with the guards disabled. */
async function unguard(): Promise<void> {
  for (const table of TABLES) await owner.query(`alter table ${table} disable trigger all`);
}

beforeEach(unguard);

afterEach(async () => {
  await unguard();
  for (const table of TABLES) {
    await owner.query(`delete from ${table}`);
    await owner.query(`insert into ${table} overriding system value select * from kept_${table}`);
  }
});

async function seal(size: number): Promise<void> {
  await owner.query(
    `do $$ begin while ledger_seal((select max(id) from ledger_entries), ${size}, now()) is not null loop end loop; end $$`,
  );
}

const found = async (expected: { number: string; hash: string }[] = []) =>
  (await server.app.get(BooksVerification).verify(expected)).faults.map(describeFault);

async function headOf(): Promise<{ number: string; hash: string }> {
  const { rows } = await owner.query(
    "select number, encode(hash, 'hex') as hash from ledger_seals order by number desc limit 1",
  );
  return rows[0];
}

/** The output of `npm run ledger:verify` with its exit code. */
async function verify(args: string[] = []) {
  const env = { ...PROGRAM_ENV, DATABASE_URL: database.url };
  const run = promisify(execFile)(process.execPath, [VERIFY, ...args], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, lines: stdout.trim().split('\n') }),
    ({ code, stdout, stderr }) => ({ code, lines: `${stdout}${stderr}`.trim().split('\n') }),
  );
}

describe('books without manipulation', () => {
  it('are sound, by the command too, which prints the head of the chain', async () => {
    expect(await found()).toEqual([]);
    const head = await headOf();
    const { code, lines } = await verify(['--expect', `${head.number}:${head.hash}`]);
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        'checked: 113 sealed entries, all balances, open payments: 1',
        `head ${head.number}:${head.hash}, of entries up to ${Number(gap) + 3}`,
        'the books are sound',
      ],
    });
  });

  it('are not checked for an invalid head, which the exit code shows', async () => {
    const { code, lines } = await verify(['--expect', '3:abc']);
    expect([code, lines[0]]).toEqual([2, '3:abc is not a head of a chain']);
  });
});

describe('the check finds that', () => {
  const entry = (set: string) => `update ledger_entries set ${set} where reference = 'd-30'`;

  it.each([
    ['an amount', entry('amount = amount + 1'), true],
    ['the debited account', entry(`debit_account_id = '${PAYABLE_TO_KASPI}'`), false],
    ['the credited account', entry(`credit_account_id = '${IN_TRANSIT}'`), true],
    ['a reference', entry("reference = 'd-30.'"), false],
    ['a purpose', entry("purpose = 'FEE'"), false],
    ['a time, by a microsecond', entry("booked_at = booked_at + interval '1 microsecond'"), false],
  ])('%s of an entry was changed, and names the entry', async (_, change, movesMoney) => {
    await owner.query(change);
    const faults = await found();
    expect(faults[0]).toBe(`entry ${deposit} is not what was sealed`);
    expect(faults.includes(`account ${account} has a balance that differs from the sum of its entries`)).toBe(
      movesMoney,
    );
  });

  it('a reason was added to an entry that is not a correction, and names the entry', async () => {
    await owner.query(entry("reason = 'because'"));
    expect(await found()).toEqual([`entry ${deposit} is not what was sealed`]);
  });

  it('an entry was deleted, and names it', async () => {
    await owner.query("delete from ledger_entries where reference = 'd-30'");
    expect(await found()).toEqual([
      `entry ${deposit} was sealed and is missing`,
      expect.stringContaining('checkpoint of account'),
      `account ${account} has a balance that differs from the sum of its entries`,
    ]);
  });

  it.each([
    ['in a gap', () => gap],
    ['before the first one', () => '-5'],
  ])('an entry was inserted among sealed ones, %s, and names it', async (_, id) => {
    await owner.query(
      `insert into ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       overriding system value values ($1, 'FEE', 'x', $2, $3, 5, now())`,
      [id(), FUNDING, PAYABLE_TO_KASPI],
    );
    expect(await found()).toEqual([`entry ${id()} is among sealed entries and was not sealed with them`]);
  });

  it('an entry was inserted after all seals on an unknown account, and names the account', async () => {
    await owner.query(
      `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       values ('FEE', 'x', $1, $2, 5, now())`,
      [NOBODYS, PAYABLE_TO_KASPI],
    );
    expect(await found()).toEqual([`account ${NOBODYS} has entries and does not exist`]);
    await seal(25);
    expect(await found()).toEqual([`account ${NOBODYS} has entries and does not exist`]);
  });

  it('a balance was changed, and names the account', async () => {
    await owner.query('update ledger_accounts set balance = balance + 1 where id = $1', [account]);
    expect(await found()).toEqual([`account ${account} has a balance that differs from the sum of its entries`]);
  });

  it.each([
    ['the hash', "hash = sha256('x')", [2, 3]],
    ['the end of the booking period', "booked_until = booked_until + interval '1 hour'", [2]],
    ['the delay', 'late_by = late_by + 1', [2]],
    ['the time', "sealed_at = sealed_at + interval '1 hour'", [2]],
  ])('%s of a seal was changed, and names the seal', async (_, set, broken) => {
    await owner.query(`update ledger_seals set ${set} where number = 2`);
    const faults = await found();
    for (const number of broken) expect(faults).toContain(`seal ${number} does not match its entries`);
    expect(faults.every((fault) => /^seal [23] /.test(fault))).toBe(true);
  });

  it('an entry was changed together with its digest in the seal, and names the seal', async () => {
    await owner.query(entry('amount = amount + 1'));
    await owner.query(
      `update ledger_seals s set digests = (select string_agg(substr(ledger_digest(e), 1, 8), ''::bytea order by e.id)
         from ledger_entries e where e.id = any(s.entry_ids)) where $1 = any(entry_ids)`,
      [deposit],
    );
    expect((await found())[0]).toBe('seal 2 does not match its entries');
  });

  it('a seal was removed, and names it and nothing else', async () => {
    await owner.query('delete from ledger_seals where number = 2');
    expect(await found()).toEqual(['seal 2 is missing from the chain']);
  });

  it('the last seals were removed, by a head that was noted elsewhere', async () => {
    const head = await headOf();
    await owner.query('delete from ledger_seals where number >= 4');
    expect(await found()).toEqual([]);
    expect(await found([head])).toEqual(['seal 4 is missing from the chain', 'seal 5 is missing from the chain']);
    await owner.query(
      'insert into ledger_verifications (verified_at, entries, seal, hash, faults) values (now(), 1, 5, $1, 0)',
      [Buffer.from(head.hash, 'hex')],
    );
    expect(await found()).toEqual(['seal 4 is missing from the chain', 'seal 5 is missing from the chain']);
  });

  it('an entry was changed and the whole chain rebuilt, by a head that was noted elsewhere', async () => {
    const head = await headOf();
    await owner.query(entry('amount = amount + 1'));
    await owner.query('update ledger_accounts set balance = balance + 1 where id = $1', [account]);
    await owner.query('delete from ledger_seals; delete from ledger_turnovers; delete from ledger_checkpoints');
    await seal(25);
    expect(await found()).toEqual([]);
    expect(await found([head])).toEqual([`seal ${head.number} has another hash than expected`]);
  });

  it.each([
    [
      'turnover of CUSTOMER at seal 2',
      "update ledger_turnovers set credited = credited + 1 where seal = 2 and kind = 'CUSTOMER'",
    ],
    ['turnover of FUNDING at seal 3', "delete from ledger_turnovers where seal = 3 and kind = 'FUNDING'"],
    ['checkpoint of account', 'update ledger_checkpoints set debited = debited + 1'],
  ])('a sum was changed, and names the %s', async (name, change) => {
    await owner.query(change);
    const faults = await found();
    expect(faults[0]).toMatch(new RegExp(`^${name}.* differs from the sum of the entries$`));
    expect(faults.every((fault) => fault.endsWith('differs from the sum of the entries'))).toBe(true);
  });

  it('by the command, which names the row and exits with 1', async () => {
    await owner.query(entry("reference = 'd-30.'"));
    const { code, lines } = await verify();
    expect(code).toBe(1);
    expect(lines[0]).toBe(`entry ${deposit} is not what was sealed`);
    expect(lines.at(-1)).toBe('faults: 1');
  });
});

describe('the money in transit', () => {
  const moneyOf = (payment: string) => `payment ${payment} is open, but its amount is not in transit in the journal`;
  const noMoreOf = (payment: string) => `payment ${payment} is not open, but its amount is in transit in the journal`;
  const SUM = 'the balance of IN_TRANSIT is not the sum of the open payments';

  it.each([
    [
      'belongs to a payment that was made to look settled',
      `update qr_payments set status = 'CONFIRMED', settled_by = 'KASPI' where id = '${OPEN}'`,
      [noMoreOf(OPEN), SUM],
    ],
    ['belongs to a removed payment', `delete from qr_payments where id = '${OPEN}'`, [noMoreOf(OPEN), SUM]],
    [
      'is missing of a payment that was made to look open',
      `update qr_payments set status = 'PROCESSING', settled_by = null where id = '${SETTLED}'`,
      [moneyOf(SETTLED), SUM],
    ],
    [
      'is less than the amount of an open payment',
      `update qr_payments set amount = 10001 where id = '${OPEN}'`,
      [moneyOf(OPEN), SUM],
    ],
  ])('%s: the check names the payment', async (_, change, faults) => {
    await owner.query(change);
    expect(await found()).toEqual(faults);
  });

  it('agrees with the open payments at every check while payments begin and end', async () => {
    await owner.query(
      'alter table ledger_entries enable always trigger ledger_entries_apply; alter table ledger_accounts enable always trigger ledger_accounts_guard',
    );
    let running = true;
    const work = (async () => {
      for (let n = 0; n < 30; n++) {
        const id = `019a0000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`;
        await database.query(
          `with paid as (
             insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, account_id,
               notify_result, debited_at, created_at, updated_at)
             values ($1::uuid, $1::uuid::text, 'V1', 'Dynamic', 'PROCESSING', 100, now(), $2, 'SUCCESS', now(), now(), now()))
           select ledger_post('PAYMENT', $1::uuid::text, $2, $3, 100, now())`,
          [id, account, IN_TRANSIT],
        );
        await database.query(
          `with settled as (update qr_payments set status = 'CONFIRMED', settled_by = 'KASPI' where id = $1::uuid)
           select ledger_post('SETTLEMENT', $1::uuid::text, $2, $3, 100, now())`,
          [id, IN_TRANSIT, PAYABLE_TO_KASPI],
        );
      }
      running = false;
    })();
    let looks = 0;
    for (; running; looks++) expect(await found()).toEqual([]);
    await work;
    expect(looks).toBeGreaterThan(1);
    expect(await server.app.get(JournalSeals).sealAll()).toBe(60);
    expect(await found()).toEqual([]);
  });
});
