import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applyMigrations } from '@mpp/platform';
import pg from 'pg';
import { MIGRATIONS } from './index.js';

const NAME = `mpp_upgrade_${process.pid}`;
/** What the first version, of Dynamic payments alone, had applied. */
const FIRST_VERSION = MIGRATIONS.slice(0, 7);
const ACCOUNT = '019a0000-0000-7000-8000-0000000000aa';

const adminUrl = () => new URL(process.env.TEST_POSTGRES_URL ?? '');
const databaseUrl = () => Object.assign(adminUrl(), { pathname: `/${NAME}` }).href;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(() => withClient(adminUrl().href, (client) => client.query(`create database ${NAME} template template0`)));
afterAll(() => withClient(adminUrl().href, (client) => client.query(`drop database if exists ${NAME} with (force)`)));

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
