import { afterAll, beforeAll } from '@jest/globals';
import { type AccountId, type Clock, type CustomerId, Money } from '@mpp/kernel';
import { CustomerAccounts, JournalEntries, Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Database } from '@mpp/platform';
import { Balances } from '../../libs/ledger/books/balances.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type Answer, startTestServer, type TestServer } from './mpp.js';

export const MISSING_ACCOUNT = '00000000-0000-7000-8000-00000000dead' as AccountId;

/** A server that keeps the accounts itself, for one spec file: registers the hooks that start and stop it. */
export class LedgerFixture {
  database!: TestDatabase;
  server!: TestServer;
  customerAccounts!: CustomerAccounts;
  balances!: Balances;
  private customers = 0;

  constructor(settings: Record<string, string> = {}, clock?: Clock) {
    beforeAll(async () => {
      this.database = await createDatabase();
      const env = { DATABASE_URL: this.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', ...settings };
      this.server = await startTestServer(env, clock);
      this.customerAccounts = this.server.app.get(CustomerAccounts);
      this.balances = this.server.app.get(Balances);
    });
    afterAll(async () => {
      await this.server.stop();
      await this.database.drop();
    });
  }

  /** The customer of the account that was opened last. */
  get lastCustomer(): CustomerId {
    return `L${this.customers}` as CustomerId;
  }

  /** An account of a new customer. */
  async openAccount(balance = '0.00'): Promise<AccountId> {
    this.customers++;
    const { id } = await this.customerAccounts.openAccount(this.lastCustomer, 'Основной счёт');
    if (balance !== '0.00') await this.customerAccounts.postDeposit(id, Money.parse(balance), 'opening');
    return id;
  }

  /** The mirror of an account at the bank’s core, of a new customer unless one is named. */
  async openMirror(customer = `M-${++this.customers}`, coreAccount = 'KZ01', id?: string): Promise<AccountId> {
    const [row] = await this.database.query<{ id: AccountId }>(
      "select ledger_mirror_account(coalesce($1, gen_random_uuid()), $2, $3, 'счёт в банке', now()) as id",
      [id ?? null, customer, coreAccount],
    );
    return row?.id as AccountId;
  }

  /** The id of the account’s last entry. */
  async lastEntryOf(account: AccountId): Promise<string> {
    const [entry] = await this.server.app.get(JournalEntries).listByAccount(account, 1, null);
    return entry?.id ?? '';
  }

  /** Posts entries in one transaction of the server. */
  async post(...entries: NewEntry[]): Promise<void> {
    const ledger = this.server.app.get(Ledger);
    return this.server.app.get(Database).transaction((tx) => ledger.postEntries(tx, entries));
  }

  /** Posts an entry of this amount in tiyn in SQL, as the owner of the tables, and returns its id. */
  async postInSql(
    purpose: string,
    reference: string,
    debit: AccountId,
    credit: AccountId,
    tiyn: number,
  ): Promise<string> {
    const [row] = await this.database.query<{ id: string }>('select ledger_post($1, $2, $3, $4, $5, now()) as id', [
      ...[purpose, reference, debit, credit, tiyn],
    ]);
    return row?.id ?? '';
  }

  /** Inserts the correction of an entry in SQL, with other values for some columns. */
  async insertCorrection(id: string, changes: Record<string, string> = {}): Promise<unknown> {
    const columns = {
      purpose: "'CORRECTION'",
      reference: 'reference',
      debit_account_id: 'credit_account_id',
      credit_account_id: 'debit_account_id',
      amount: 'amount',
      booked_at: 'now()',
      corrects: 'id',
      reason: "'r'",
      operator: "'o'",
      ...changes,
    };
    const sql = `insert into ledger_entries (${Object.keys(columns)}) select ${Object.values(columns)} from ledger_entries where id = $1`;
    return this.server.app.get(Database).query(sql, [id]);
  }

  /** The balance in the account’s row. */
  async storedBalance(id: AccountId): Promise<string> {
    const [row] = await this.database.query<{ balance: string }>('select balance from ledger_accounts where id = $1', [
      id,
    ]);
    return Money.ofTiyn(BigInt(row?.balance ?? -1)).toString();
  }

  /** The balance by the journal, in tiyn. */
  async balanceOf(id: AccountId): Promise<bigint> {
    return (await this.balances.accountBalance(id, null)).balance;
  }

  /** Calls the operator API as accounting. */
  async call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const token = await this.server.mpp.teamToken('accounting');
    return this.server.mpp.call<Body>(method, `/ops/v1/${path}`, { token, headers, ...(body && { body }) });
  }
}

export function paymentEntry(reference: string, debit: AccountId, amount: string): NewEntry {
  return { purpose: 'PAYMENT', reference, debit, credit: SHARED_ACCOUNTS.IN_TRANSIT, amount: Money.parse(amount) };
}
