import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { readXlsx } from 'hucre/xlsx';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { type Answer, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';
import { SHARED_ACCOUNTS } from './domain/chart.js';
import { JournalSeals } from './journal-seals.service.js';
import { Ledger } from './ledger.service.js';

const { FUNDING, IN_TRANSIT } = SHARED_ACCOUNTS;
const HOUR = 3_600_000;

interface LineBody {
  entryId: string;
  reference: string;
  debit: string;
  credit: string;
  balance: string;
}

interface StatementBody extends Record<string, unknown> {
  items: LineBody[];
  openingBalance: string;
  closingBalance: string;
  nextCursor: string | null;
}

const clock = new TestClock();
let database: TestDatabase;
let server: TestServer;
let account: AccountId;
/** Of the first, second and third hour. */
const begins: Date[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env, clock);
  const ledger = server.app.get(Ledger);
  account = (await ledger.openAccount('T1' as CustomerId, 'Основной счёт')).id;
  for (const hour of [1, 2, 3]) {
    begins.push(clock.now());
    await ledger.deposit(account, Money.parse('100.00'), `=hour ${hour}`);
    for (const payment of ['a', 'b']) await pay(`${hour}${payment}`, 1000 * hour);
    clock.advance(HOUR);
    if (hour === 2) await server.app.get(JournalSeals).sealAll();
  }
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function pay(reference: string, tiyn: number, at = clock.now()): Promise<void> {
  await database.query("select ledger_post('PAYMENT', $1, $2, $3, $4, $5)", [reference, account, IN_TRANSIT, tiyn, at]);
}

async function get<Body = StatementBody>(path: string): Promise<Answer<Body>> {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call<Body>('GET', `/ops/v1/ledger/${path}`, { token });
}

async function download(path: string): Promise<{ headers: Headers; bytes: Buffer }> {
  const token = await server.mpp.teamToken('accounting');
  const response = await fetch(`${server.publicUrl}/ops/v1/ledger/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const hours = (from: number, to: number) =>
  `from=${begins[from - 1]?.toISOString()}&to=${begins[to - 1]?.toISOString()}`;

describe('the statement of an account', () => {
  it('shows its entries in order of the journal, each with the balance after it', async () => {
    const { status, body } = await get(`accounts/${account}/statement`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      account: { id: account, kind: 'CUSTOMER', customerId: 'T1', balance: '180.00' },
      from: null,
      to: clock.now().toISOString(),
      openingBalance: '0.00',
      debited: '120.00',
      credited: '300.00',
      closingBalance: '180.00',
      nextCursor: null,
    });
    expect(body.items.map(({ debit, credit, balance }) => [debit, credit, balance])).toEqual([
      ['0.00', '100.00', '100.00'],
      ['10.00', '0.00', '90.00'],
      ['10.00', '0.00', '80.00'],
      ['0.00', '100.00', '180.00'],
      ['20.00', '0.00', '160.00'],
      ['20.00', '0.00', '140.00'],
      ['0.00', '100.00', '240.00'],
      ['30.00', '0.00', '210.00'],
      ['30.00', '0.00', '180.00'],
    ]);
    expect(body.items[1]).toEqual({
      entryId: expect.stringMatching(/^\d+$/),
      purpose: 'PAYMENT',
      reference: '1a',
      bookedAt: begins[0]?.toISOString(),
      counterAccountId: IN_TRANSIT,
      counterKind: 'IN_TRANSIT',
      debit: '10.00',
      credit: '0.00',
      balance: '90.00',
    });
  });

  it('of a period begins with what was there before, and takes its first moment but not its last', async () => {
    const { body } = await get(`accounts/${account}/statement?${hours(2, 3)}`);
    expect(body).toMatchObject({
      openingBalance: '80.00',
      debited: '40.00',
      credited: '100.00',
      closingBalance: '140.00',
    });
    expect(body.items.map(({ reference }) => reference)).toEqual(['=hour 2', '2a', '2b']);
  });

  it('of a shared account stands on the account’s own side', async () => {
    const transit = await get(`accounts/${IN_TRANSIT}/statement?limit=1`);
    expect(transit.body).toMatchObject({ closingBalance: '120.00', items: [{ credit: '10.00', balance: '10.00' }] });
    const funding = await get(`accounts/${FUNDING}/statement?limit=1`);
    expect(funding.body).toMatchObject({ closingBalance: '300.00', items: [{ debit: '100.00', balance: '100.00' }] });
  });

  it('goes on page by page exactly where it ended, whatever is posted and whatever becomes known meanwhile', async () => {
    const first = await get(`accounts/${account}/statement?limit=4`);
    // By a process whose clock is behind, within the period; and after it.
    await pay('in between', 1, begins[2]);
    clock.advance(HOUR);
    await pay('later', 1);
    const pages = [first.body];
    for (let cursor = first.body.nextCursor; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null)
      pages.push((await get(`accounts/${account}/statement?limit=4&cursor=${cursor}`)).body);
    expect(pages).toHaveLength(3);
    expect(pages.flatMap(({ items }) => items).map(({ balance }) => balance)).toEqual([
      '100.00',
      '90.00',
      '80.00',
      '180.00',
      '160.00',
      '140.00',
      '240.00',
      '210.00',
      '180.00',
    ]);
    expect(new Set(pages.map(({ to, closingBalance }) => `${to} ${closingBalance}`)).size).toBe(1);
    expect((await get(`accounts/${account}/statement`)).body).toMatchObject({ closingBalance: '179.99' });
  });

  it('waits for a transaction that is about to write into it, so that no page can miss its entry', async () => {
    const slow = await database.connect();
    await slow.query('begin');
    await slow.query("select ledger_post('DIFFERENCE', 'slow', $1, $2, 1, $3)", [
      SHARED_ACCOUNTS.DIFFERENCES,
      SHARED_ACCOUNTS.PAYABLE_TO_KASPI,
      clock.now(),
    ]);
    await database.query("select ledger_post('DIFFERENCE', 'quick', $1, $2, 1, $3)", [
      SHARED_ACCOUNTS.DIFFERENCES,
      SHARED_ACCOUNTS.PAYABLE_TO_KASPI,
      clock.now(),
    ]);
    clock.advance(1);
    const query = jest.spyOn(server.app.get(Database), 'query');
    const statement = get(`accounts/${SHARED_ACCOUNTS.DIFFERENCES}/statement?limit=1`);
    const looks = () => query.mock.calls.filter(([sql]) => sql.includes('pg_locks')).length;
    await until('a second look at the writers', looks, (count) => count > 1);
    query.mockRestore();
    await slow.query('commit');
    await slow.end();
    const { body } = await statement;
    expect(body).toMatchObject({ closingBalance: '0.02', items: [{ reference: 'slow', balance: '0.01' }] });
  });

  it.each([
    ['from=2026-03-10', 'from'],
    ['to=yesterday', 'to'],
    ['from=2026-03-11T00:00:00Z&to=2026-03-10T00:00:00Z', 'from'],
    ['cursor=abc', 'cursor'],
    [`cursor=${Buffer.from('1~2').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('1~2~3~4').toString('base64url')}`, 'cursor'],
    ['limit=0', 'limit'],
  ])('with %s is 400', async (query, field) => {
    const answer = await get<Record<string, unknown>>(`accounts/${account}/statement?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field }] } });
  });

  it.each(['statement', 'statement.csv', 'statement.xlsx', ''])('of nobody is 404: /%s', async (path) => {
    for (const id of ['00000000-0000-7000-8000-00000000dead', 'main'])
      expect(await get(`accounts/${id}/${path}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('the exported statement', () => {
  const header = 'entryId,purpose,reference,bookedAt,counterAccountId,counterKind,debit,credit,balance'.split(',');

  /** The rows that the file should have, by the statement itself. */
  async function expected(query: string) {
    const { body } = await get(`accounts/${account}/statement?${query}`);
    const { items, openingBalance, closingBalance, debited, credited, from, to } = body;
    return { items, opening: [from, openingBalance], closing: [to, debited, credited, closingBalance] };
  }

  it('as CSV is the statement, and no reference in it is a formula', async () => {
    const { headers, bytes } = await download(`accounts/${account}/statement.csv?${hours(1, 3)}`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="statement-${account}-2026-03-10-2026-03-10.csv"`,
    );
    const text = bytes.toString();
    expect(text.startsWith('\uFEFF')).toBe(true);
    const lines = text
      .slice(1, -2)
      .split('\r\n')
      .map((line) => line.split(','));
    const { items, opening, closing } = await expected(hours(1, 3));
    expect(lines).toEqual([
      header,
      ['', 'OPENING', '', opening[0], '', '', '', '', opening[1]],
      ...items.map((item) => Object.values({ ...item, reference: item.reference.replace(/^=/, "'=") })),
      ['', 'CLOSING', '', closing[0], '', '', closing[1], closing[2], closing[3]],
    ]);
    expect(lines).toHaveLength(9);
  });

  it('as an Excel file is the statement: amounts are numbers, references texts', async () => {
    const { headers, bytes } = await download(`accounts/${account}/statement.xlsx?${hours(2, 3)}`);
    expect(headers.get('content-disposition')).toMatch(/filename="statement-.*\.xlsx"$/);
    const [sheet] = (await readXlsx(bytes)).sheets;
    const shown = (sheet?.rows ?? []).map((row) =>
      Array.from({ length: 9 }, (_, column) => {
        const cell = row[column] ?? null;
        return cell instanceof Date || Object.prototype.toString.call(cell) === '[object Date]'
          ? new Date(cell as Date).toISOString()
          : cell;
      }),
    );
    const { items, opening, closing } = await expected(hours(2, 3));
    expect(shown).toEqual([
      header,
      [null, 'OPENING', null, opening[0], null, null, null, null, Number(opening[1])],
      ...items.map(({ debit, credit, balance, ...item }) => [
        ...Object.values(item),
        ...[debit, credit, balance].map(Number),
      ]),
      [null, 'CLOSING', null, closing[0], null, null, ...closing.slice(1).map(Number)],
    ]);
    expect(shown[2]?.[2]).toBe('=hour 2');
  });

  it('of thousands of entries is read in pages, and misses none of them', async () => {
    const other = (await server.app.get(Ledger).openAccount('T2' as CustomerId, 'счёт')).id;
    await database.query(
      `select ledger_post('DEPOSIT', 'bulk-' || n, $1, $2, 100, $3) from generate_series(1, 2100) n`,
      [FUNDING, other, clock.now()],
    );
    clock.advance(1);
    const { bytes } = await download(`accounts/${other}/statement.csv`);
    const balances = bytes
      .toString()
      .trim()
      .split('\r\n')
      .slice(2, -1)
      .map((line) => line.split(',').at(-1));
    expect(balances).toEqual(Array.from({ length: 2100 }, (_, index) => `${index + 1}.00`));
  });
});

describe('the balance of an account', () => {
  it('is that of any moment, what was booked at it included', async () => {
    const at = async (moment: Date | undefined) => (await get(`accounts/${account}?at=${moment?.toISOString()}`)).body;
    expect(await at(begins[1])).toMatchObject({
      kind: 'CUSTOMER',
      normalSide: 'CREDIT',
      balance: '140.00',
      at: begins[1]?.toISOString(),
    });
    expect(await at(new Date((begins[1] as Date).getTime() - 1))).toMatchObject({ balance: '80.00' });
    expect(await at(new Date((begins[0] as Date).getTime() - 1))).toMatchObject({ balance: '0.00' });
  });

  it('of a shared account that stands on its other side is below zero', async () => {
    const answer = await get(`accounts/${SHARED_ACCOUNTS.RECEIVABLE_FROM_KASPI}`);
    expect(answer.body).toMatchObject({ balance: '0.00', normalSide: 'DEBIT' });
    await database.query("select ledger_post('FEE', 'back', $1, $2, 1200, now())", [
      SHARED_ACCOUNTS.PAYABLE_TO_KASPI,
      SHARED_ACCOUNTS.FEES,
    ]);
    expect((await get(`accounts/${SHARED_ACCOUNTS.FEES}`)).body).toMatchObject({ balance: '-12.00' });
  });

  it.each(['accounts/IN_TRANSIT?', 'trial-balance?'])('and the trial balance know no future: %s', async (path) => {
    const ahead = new Date(clock.now().getTime() + 1).toISOString();
    const answer = await get(`${path.replace('IN_TRANSIT', IN_TRANSIT)}at=${ahead}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: 'at' }] } });
  });
});

describe('the chart of accounts', () => {
  it('names every kind and purpose that the database knows, and no other', async () => {
    const { body } = await get<{
      accounts: { kind: string; accountId: string | null }[];
      purposes: { purpose: string }[];
    }>('chart');
    const allowed = async (constraint: string) => {
      const [row] = await database.query<{ text: string }>(
        'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
        [constraint],
      );
      return [...(row?.text ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, name]) => name).sort();
    };
    expect(body.accounts.map(({ kind }) => kind).sort()).toEqual(await allowed('ledger_accounts_kind_check'));
    expect(body.purposes.map(({ purpose }) => purpose).sort()).toEqual(await allowed('ledger_entries_purpose_check'));
    const shared = await database.query('select kind, id as "accountId" from ledger_accounts where balance is null');
    const told = body.accounts.flatMap(({ kind, accountId }) => (accountId === null ? [] : [{ kind, accountId }]));
    expect(told).toHaveLength(shared.length);
    expect(told).toEqual(expect.arrayContaining(shared));
  });
});
