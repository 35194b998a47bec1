import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { CustomerAccounts, describeFault, SHARED_ACCOUNTS } from '@mpp/ledger';
import pg from 'pg';
import { BooksVerification } from '../../libs/operations/books/books-verification.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startTestServer, type TestServer } from './mpp.js';

export const OPEN = '019a0000-0000-7000-8000-0000000000a1';

export const SETTLED = '019a0000-0000-7000-8000-0000000000a2';

export const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;

const TABLES = [
  'ledger_entries',
  'ledger_accounts',
  'ledger_seals',
  'ledger_turnovers',
  'ledger_checkpoints',
  'ledger_verifications',
  'qr_payments',
];

/** A server with a journal whose guards a test may disable: registers the hooks that start and stop it. */
export function booksFixture() {
  const fixture = {} as {
    database: TestDatabase;
    server: TestServer;
    owner: pg.Client;
    account: AccountId;
    /** A sealed deposit, and a gap in the journal after it. */
    deposit: string;
    gap: string;
  };

  beforeAll(async () => {
    fixture.database = await createDatabase();
    // Only the tests seal and check.
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    fixture.server = await startTestServer(env);
    fixture.owner = await fixture.database.connect();
    const accounts = fixture.server.app.get(CustomerAccounts);
    fixture.account = (await accounts.openAccount('V1' as CustomerId, 'счёт')).id;
    for (let n = 0; n < 110; n++) await accounts.postDeposit(fixture.account, Money.parse('10.00'), `d-${n}`);
    await fixture.owner.query("select nextval(pg_get_serial_sequence('ledger_entries', 'id'))");
    for (const [id, status] of [
      [OPEN, 'PROCESSING'],
      [SETTLED, 'CONFIRMED'],
    ]) {
      await fixture.owner.query(
        `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, account_id,
         notify_result, debited_at, settled_by, created_at, updated_at)
       values ($1::uuid, $1::uuid::text, 'V1', 'Dynamic', $2, 10000, now(), $3, 'SUCCESS', now(), $4, now(), now())`,
        [id, status, fixture.account, status === 'CONFIRMED' ? 'KASPI' : null],
      );
      await fixture.owner.query("select ledger_post('PAYMENT', $1, $2, $3, 10000, now())", [
        id,
        fixture.account,
        IN_TRANSIT,
      ]);
    }
    await fixture.owner.query("select ledger_post('SETTLEMENT', $1, $2, $3, 10000, now())", [
      SETTLED,
      IN_TRANSIT,
      PAYABLE_TO_KASPI,
    ]);
    await seal(25);
    const { rows } = await fixture.owner.query<{ deposit: string; gap: string }>(
      `select (select id from ledger_entries where reference = 'd-30') as deposit,
       (select max(id) + 1 from ledger_entries where purpose = 'DEPOSIT') as gap`,
    );
    ({ deposit: fixture.deposit, gap: fixture.gap } = rows[0] as { deposit: string; gap: string });
    for (const table of TABLES) await fixture.owner.query(`create table kept_${table} as table ${table}`);
  });

  afterAll(async () => {
    await fixture.owner.end();
    await fixture.server.stop();
    await fixture.database.drop();
  });

  /** As the owner of the tables, with the guards disabled. */
  async function unguard(): Promise<void> {
    for (const table of TABLES) await fixture.owner.query(`alter table ${table} disable trigger all`);
  }

  beforeEach(unguard);

  afterEach(async () => {
    await unguard();
    for (const table of TABLES) {
      await fixture.owner.query(`delete from ${table}`);
      await fixture.owner.query(`insert into ${table} overriding system value select * from kept_${table}`);
    }
  });

  async function seal(size: number): Promise<void> {
    await fixture.owner.query(
      `do $$ begin while ledger_seal((select max(id) from ledger_entries), ${size}, now()) is not null loop end loop; end $$`,
    );
  }

  const found = async (expected: { number: string; hash: string }[] = []) =>
    (await fixture.server.app.get(BooksVerification).verifyBooks(expected)).faults.map(describeFault);

  return { fixture, seal, found };
}
