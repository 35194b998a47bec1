import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applyMigrations } from '@mpp/platform';
import { PAYMENT_STATUSES, type PaymentStatus } from '@mpp/qr-payments';
import type pg from 'pg';
import { connect } from '../../../test/support/database.js';
import { another, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { MIGRATIONS } from './index.js';

const NAME = `mpp_upgrade_${process.pid}`;
const BEFORE_CORES = `mpp_upgrade_before_cores_${process.pid}`;
/** What the first version, of Dynamic payments alone, had applied. */
const FIRST_VERSION = MIGRATIONS.slice(0, 7);
/** What the last version had applied that knew its own ledger alone. */
const OWN_LEDGER_VERSION = MIGRATIONS.slice(0, 15);
const ACCOUNT = '019a0000-0000-7000-8000-0000000000aa';

const adminUrl = () => new URL(process.env.TEST_POSTGRES_URL ?? '');
const databaseUrl = (name = NAME) => Object.assign(adminUrl(), { pathname: `/${name}` }).href;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const asAdmin = (sql: (name: string) => string) =>
  withClient(adminUrl().href, async (client) => {
    for (const name of [NAME, BEFORE_CORES]) await client.query(sql(name));
  });

beforeAll(() => asAdmin((name) => `create database ${name} template template0`));
afterAll(() => asAdmin((name) => `drop database if exists ${name} with (force)`));

/** One payment of each kind that the first version could leave behind. */
const LEFT_BEHIND = `
  insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
    values ('${ACCOUNT}', 'CUSTOMER', 'C1', 'n', 0, '2026-01-01Z');
  insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
    account_id, notify_result, debited_at, confirmed_at, failure_code, created_at, updated_at)
  select gen_random_uuid(), status || coalesce(extract(minute from confirm_until)::text, ''), 'C1', 'Dynamic', status, 10000,
    confirm_until, '2026-01-01T00:00Z', case when debited then '${ACCOUNT}'::uuid end,
    case when debited then 'SUCCESS' when status = 'DECLINED' then 'PROCESS_FAIL' end, case when debited then '2026-01-01T00:01Z'::timestamptz end, null, null,
    '2026-01-01T00:00Z', '2026-01-01T00:02Z'
  from (values ('AWAITING_CONFIRMATION', '2026-01-01T00:05Z'::timestamptz, false), ('AWAITING_CONFIRMATION', null, false),
    ('PROCESSING', null, true), ('IN_DOUBT', null, true), ('CONFIRMED', null, true), ('REVERSED', null, true),
    ('EXPIRED', null, false), ('DECLINED', null, false)) as left_behind (status, confirm_until, debited)`;

it('a database of the first version, with payments in it, is brought up to this one', async () => {
  expect(await applyMigrations(databaseUrl(), FIRST_VERSION)).toHaveLength(FIRST_VERSION.length);
  await withClient(databaseUrl(), (client) => client.query(LEFT_BEHIND));
  expect(await applyMigrations(databaseUrl(), MIGRATIONS)).toHaveLength(MIGRATIONS.length - FIRST_VERSION.length);
  const { rows } = await withClient(databaseUrl(), (client) =>
    client.query(
      `select status, to_char(expires_at at time zone 'UTC', 'HH24:MI:SS') as expires, settled_by, doubted_at is not null as doubted
       from qr_payments order by status, confirm_until`,
    ),
  );
  const nothing = { expires: null, settled_by: null, doubted: false };
  expect(rows).toEqual([
    { ...nothing, status: 'AWAITING_CONFIRMATION', expires: '00:04:58' },
    { ...nothing, status: 'AWAITING_CONFIRMATION', expires: '00:15:00' },
    { ...nothing, status: 'CONFIRMED', settled_by: 'KASPI' },
    { ...nothing, status: 'DECLINED' },
    { ...nothing, status: 'EXPIRED' },
    { ...nothing, status: 'IN_DOUBT', doubted: true },
    { ...nothing, status: 'PROCESSING' },
    { ...nothing, status: 'REVERSED', settled_by: 'KASPI' },
  ]);
  expect(await applyMigrations(databaseUrl(), MIGRATIONS)).toEqual([]);
});

/** No core was asked: DEBITING and REVERSING could not be. */
const OWN_LEDGER_STATUSES = PAYMENT_STATUSES.filter((status) => status !== 'DEBITING' && status !== 'REVERSING');

it('a database that knew no bank’s core, with payments in every state, is brought up to this one, and they stay as they were', async () => {
  const url = databaseUrl(BEFORE_CORES);
  await applyMigrations(url, OWN_LEDGER_VERSION);
  const payments = OWN_LEDGER_STATUSES.map((status) => rowBeforeCores(status));
  await withClient(url, async (client) => {
    for (const row of payments) await insertRow(rowsOf(client), row);
  });
  const all = () =>
    withClient(url, async (client) => (await client.query('select * from qr_payments order by status')).rows);
  const before = await all();
  expect(before).toHaveLength(OWN_LEDGER_STATUSES.length);
  expect(await applyMigrations(url, MIGRATIONS)).toHaveLength(MIGRATIONS.length - OWN_LEDGER_VERSION.length);
  expect(await all()).toEqual(before.map((row) => ({ ...row, debit_asked_at: null })));
});

it('afterwards a purchase that was debited before is debited for nobody else, by whichever books (R33)', async () => {
  await withClient(databaseUrl(BEFORE_CORES), async (client) => {
    const { rows } = await client.query("select kaspi_payment_id from qr_payments where status = 'CONFIRMED'");
    const second = { ...rowOf(another(paymentThatIs('DEBITING'))), ...rows[0], customer_id: 'another' };
    await expect(insertRow(rowsOf(client), second)).rejects.toMatchObject({ constraint: 'qr_payments_one_debit' });
  });
});

function rowBeforeCores(status: PaymentStatus) {
  const { debit_asked_at: _, ...row } = rowOf(another(paymentThatIs(status)));
  return row;
}

function rowsOf(client: pg.Client) {
  return {
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await client.query<Row>(sql, values)).rows,
  };
}
