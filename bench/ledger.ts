import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AccountId, SystemClock } from '@mpp/kernel';
import { JournalCheck, SHARED_ACCOUNTS } from '@mpp/ledger';
import { BooksVerification } from '@mpp/operations';
import { connectionOptions, ReportDatabase, type Snapshot } from '@mpp/platform';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { migrate } from '../apps/mpp-server/migration.js';
import { LedgerAccounts } from '../libs/ledger/accounts/ledger-accounts.js';
import { Balances } from '../libs/ledger/books/balances.js';
import { Statements } from '../libs/ledger/books/statements.js';
import type { Period, StatementPosition } from '../libs/ledger/domain/statement.js';
import { AccountEntity } from '../libs/ledger/persistence/account.entity.js';
import { selectStatementPage } from '../libs/ledger/persistence/statement-page.js';
import { selectTurnoverOfAccount, selectTurnovers } from '../libs/ledger/persistence/turnovers.js';
import { SnakeCaseNaming } from '../libs/platform/database/naming.js';
import { connect, median, uuidOf } from './database.js';
import { withDatabase } from './embedded.js';

/**
 * What the books cost to read at ten thousand entries and at ENTRIES, in the same run, as a ratio: statement pages,
 * balances and trial balances, of now and of the past. And what sealing and checking all of them costs.
 */
const FEW = 10_000;
const MANY = Number(process.env.ENTRIES ?? 10_000_000);
const ROUNDS = Number(process.env.ROUNDS ?? 40);
const ACCOUNTS = 500;
/** Not sealed yet when the books are read: what a minute may bring. */
const TAIL = 1000;
/** Entries follow each other by this. */
const STEP_MS = 10;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');

/**
 * A payment and its settlement, two of each for every deposit; written past the triggers, by their effect: the database
 * would take hours to check them one by one.
 */
const SEED = `
  insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
  select case kind when 0 then 'DEPOSIT' when 1 then 'PAYMENT' when 3 then 'PAYMENT' else 'SETTLEMENT' end,
    case kind when 0 then 'deposit-' || n else '0000000b-0000-7000-8000-' || lpad(to_hex((n - kind) * 2 + (kind + 1) / 2), 12, '0') end,
    case kind when 0 then '${SHARED_ACCOUNTS.FUNDING}' when 1 then account when 3 then account else '${SHARED_ACCOUNTS.IN_TRANSIT}' end::uuid,
    case kind when 0 then account when 1 then '${SHARED_ACCOUNTS.IN_TRANSIT}' when 3 then '${SHARED_ACCOUNTS.IN_TRANSIT}'
      else '${SHARED_ACCOUNTS.PAYABLE_TO_KASPI}' end::uuid,
    case kind when 0 then 20000 else 10000 end,
    to_timestamp(${BEGIN / 1000}) + n * interval '${STEP_MS} milliseconds'
  from (select n, n % 5 as kind, '0000000a-0000-7000-8000-' || lpad(to_hex(n / 5 % ${ACCOUNTS}), 12, '0') as account
    from generate_series($1::bigint, $2::bigint - 1) n) entry`;

const BALANCES = `
  update ledger_accounts a set balance = j.balance
  from (select account, sum(amount) as balance
    from (select credit_account_id as account, amount from ledger_entries union all select debit_account_id, -amount from ledger_entries) m
    group by account) j
  where a.id = j.account and a.kind = 'CUSTOMER'`;

const TABLES = ['ledger_entries', 'ledger_accounts'];
const CHUNK = 500_000;

class Ledger {
  private constructor(
    readonly entries: number,
    readonly client: pg.Client,
    readonly database: ReportDatabase,
    readonly statements: Statements,
    readonly balances: Balances,
    private readonly dataSource: DataSource,
  ) {}

  /** In a database of its own. */
  static async of(entries: number, serverUrl: string): Promise<Ledger> {
    const admin = await connect(serverUrl);
    await admin.query(`create database ledger_${entries}`);
    await admin.end();
    const url = Object.assign(new URL(serverUrl), { pathname: `/ledger_${entries}` }).href;
    await migrate({ DATABASE_URL: url });
    const options = connectionOptions(url, { poolSize: 4, timeoutMs: null });
    const dataSource = new DataSource({ ...options, namingStrategy: new SnakeCaseNaming(), entities: [AccountEntity] });
    await dataSource.initialize();
    const database = new ReportDatabase(dataSource);
    const client = await connect(url);
    const accounts = new LedgerAccounts(database);
    const statements = new Statements(database, accounts);
    const balances = new Balances(database, accounts, new SystemClock());
    return new Ledger(entries, client, database, statements, balances, dataSource);
  }

  async seed(): Promise<void> {
    const { client, entries } = this;
    for (const table of TABLES) await client.query(`alter table ${table} disable trigger all`);
    await client.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       select ('0000000a-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'CUSTOMER', 'C' || n, 'bench', 0, now()
       from generate_series(0, ${ACCOUNTS - 1}) n`,
    );
    for (let from = 0; from < entries; from += CHUNK) await client.query(SEED, [from, Math.min(from + CHUNK, entries)]);
    await client.query(BALANCES);
    const { rows } = await client.query<{ table: string; name: string }>(
      `select tgrelid::regclass::text as table, tgname as name from pg_trigger
       where tgrelid::regclass::text = any($1) and not tgisinternal`,
      [TABLES],
    );
    for (const { table, name } of rows) await client.query(`alter table ${table} enable always trigger ${name}`);
    for (const table of TABLES) await client.query(`vacuum analyze ${table}`);
  }

  async seal(upTo: number): Promise<void> {
    const next = 'select ledger_seal($1, 5000, now()) as number';
    while ((await this.client.query<{ number: string | null }>(next, [upTo])).rows[0]?.number != null);
    await this.client.query('analyze ledger_seals; analyze ledger_turnovers; analyze ledger_checkpoints');
  }

  async end(): Promise<void> {
    await this.client.end();
    await this.dataSource.destroy();
  }

  /** When this part of the entries was booked. */
  moment(part: number): Date {
    return new Date(BEGIN + Math.floor(this.entries * part) * STEP_MS);
  }

  /** Behind this part of the entries. */
  position(part: number): StatementPosition {
    return { horizon: String(this.entries), after: String(Math.floor(this.entries * part)) };
  }
}

const CUSTOMER = uuidOf('a', 7) as AccountId;
const { IN_TRANSIT } = SHARED_ACCOUNTS;
const always = (ledger: Ledger): Period => ({ from: null, to: ledger.moment(1.1) });
const middle = (ledger: Ledger): Period => ({ from: ledger.moment(0.4), to: ledger.moment(0.6) });

const READS: Record<string, (ledger: Ledger) => Promise<unknown>> = {
  'statement, first page of all': (l) => l.statements.readStatementPage(CUSTOMER, always(l), null, 50),
  'statement, page in the middle of all': (l) =>
    l.statements.readStatementPage(CUSTOMER, always(l), l.position(0.5), 50),
  'statement, first page of a period': (l) => l.statements.readStatementPage(CUSTOMER, middle(l), null, 50),
  'statement of a shared account, in the middle': (l) =>
    l.statements.readStatementPage(IN_TRANSIT, always(l), l.position(0.5), 50),
  'balance of a customer, now': (l) => l.balances.accountBalance(CUSTOMER, null),
  'balance of a customer, in the past': (l) => l.balances.accountBalance(CUSTOMER, l.moment(0.5)),
  'balance of a shared account, now': (l) => l.balances.accountBalance(IN_TRANSIT, null),
  'balance of a shared account, in the past': (l) => l.balances.accountBalance(IN_TRANSIT, l.moment(0.5)),
  'trial balance, now': (l) => l.balances.trialBalance(null),
  'trial balance, in the past': (l) => l.balances.trialBalance(l.moment(0.5)),
};

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function compare(few: Ledger, many: Ledger): Promise<void> {
  say(`${''.padEnd(46)} ${`${FEW}`.padStart(12)} ${`${many.entries}`.padStart(12)}   ratio (goal 2)`);
  for (const [name, read] of Object.entries(READS)) {
    const times = { few: [] as number[], many: [] as number[] };
    for (let round = -3; round < ROUNDS; round++) {
      // One beside the other, so that both meet the same machine. The first rounds warm up.
      const [a, b] = [await milliseconds(() => read(few)), await milliseconds(() => read(many))];
      if (round < 0) continue;
      times.few.push(a);
      times.many.push(b);
    }
    const [a, b] = [median(times.few), median(times.many)];
    say(
      `${name.padEnd(46)} ${`${a.toFixed(2)} ms`.padStart(12)} ${`${b.toFixed(2)} ms`.padStart(12)}   ${(b / a).toFixed(2)}`,
    );
  }
}

/** The plans of every statement inside, functions included. */
async function plans(ledger: Ledger): Promise<void> {
  const { client } = ledger;
  await client.query(
    `load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on; set auto_explain.log_buffers = on;
     set auto_explain.log_nested_statements = on; set client_min_messages = log`,
  );
  client.on('notice', ({ message }) => say(message ?? ''));
  const queryable = {
    query: async <Rows>(sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows as Rows,
  } as Snapshot;
  say(`\nplans at ${ledger.entries} entries: a statement page in the middle`);
  await selectStatementPage(queryable, CUSTOMER, always(ledger), ledger.position(0.5), 51);
  say('\nthe balance of a shared account in the past');
  await selectTurnoverOfAccount(queryable, IN_TRANSIT, ledger.moment(0.5));
  say('\nthe trial balance in the past');
  await selectTurnovers(queryable, ledger.moment(0.5));
  say('\nthe trial balance now');
  await selectTurnovers(queryable, null);
}

async function measure(serverUrl: string): Promise<void> {
  const [few, many] = [await Ledger.of(FEW, serverUrl), await Ledger.of(MANY, serverUrl)];
  for (const ledger of [few, many]) {
    const seconds = async (work: () => Promise<unknown>) => (await milliseconds(work)) / 1000;
    const seeded = await seconds(() => ledger.seed());
    const sealed = await seconds(() => ledger.seal(ledger.entries - TAIL));
    say(`${ledger.entries} entries: seeded in ${seeded.toFixed(1)} s, sealed in ${sealed.toFixed(1)} s`);
    const check = new BooksVerification(ledger.database, new JournalCheck(ledger.database));
    const checked = await seconds(async () => {
      const { faults } = await check.verifyBooks();
      if (faults.length > 0) throw new Error(`the books are not sound: ${JSON.stringify(faults.slice(0, 5))}`);
    });
    say(
      `${ledger.entries} entries: checked in ${checked.toFixed(1)} s, ${((checked * 1e6) / ledger.entries).toFixed(1)} µs each`,
    );
  }
  await compare(few, many);
  if (process.env.PLANS === '1') for (const ledger of [few, many]) await plans(ledger);
  await Promise.all([few.end(), many.end()]);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpp-bench-'));
try {
  await withDatabase(folder, measure);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
