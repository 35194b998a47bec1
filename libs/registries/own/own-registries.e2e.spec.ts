import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readXlsx } from 'hucre/xlsx';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { insertBought, insertRefunded } from '../../../test/support/own-operations.js';
import { ACCOUNT } from '../../../test/support/payments.js';
import { TestClock } from '../../../test/support/test-clock.js';

const clock = new TestClock(new Date('2026-04-01T06:00:00Z'));
let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  // Tariffs of the regulation's example, and none for other shops.
  await database.query(`create or replace function registry_rate(p_service text, p_mcc text, p_day date) returns bigint
    language sql stable as $$ select case p_service when 'SERVICE' then case when p_day < '2026-02-15' then 2000 else 3000 end
      else case p_mcc when '8021' then 5000 when '7032' then 1000 when '5411' then 3000 end end::bigint $$`);
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer({ ...env, PARTICIPANT_NAME: 'АО "Test Bank"' }, clock);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function download(path: string) {
  const token = await server.mpp.teamToken('accounting');
  const response = await fetch(`${server.publicUrl}/ops/v1/reports/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** The cells of the sheet, dates as text, row by row. */
async function sheetOf(path: string): Promise<(string | number | null)[][]> {
  const { bytes } = await download(path);
  const [sheet] = (await readXlsx(bytes)).sheets;
  return (sheet?.rows ?? []).map((row) =>
    Array.from({ length: 13 }, (_, column) => {
      const cell = (row[column] ?? null) as string | number | Date | null;
      return typeof cell === 'object' && cell !== null ? new Date(cell).toISOString() : cell;
    }),
  );
}

/** In tiyn, from what stands in a column of numbers. */
const tiyn = (cell: unknown) => BigInt(Math.round(Number(cell ?? 0) * 100));
const sumOf = (rows: unknown[][], column: number) => rows.reduce((sum, row) => sum + tiyn(row[column]), 0n);

describe('Our own daily registry', () => {
  it('lists payments and refunds of the day in order of time, a refund with a negative amount and without a fee', async () => {
    const first = await insertBought(database, {
      at: new Date('2026-03-09T19:00:00Z'),
      amount: '16900.00',
      kaspiOperationId: 'QR12345678',
    });
    const last = await insertBought(database, {
      at: new Date('2026-03-10T18:59:59Z'),
      amount: '1650.00',
      customerId: '8889637',
      mcc: '7032',
    });
    const refund = { at: new Date('2026-03-10T06:00:00Z'), amount: '900.50', kaspiOperationId: 'QR99999999' };
    await insertRefunded(database, first, refund, ACCOUNT);
    // Neither of the day before nor of the one after.
    for (const at of ['2026-03-09T18:59:59.999Z', '2026-03-10T19:00:00Z'])
      await insertBought(database, { at: new Date(at), amount: '1.00' });
    const bank = 'АО "Test Bank"';
    const [, ...rows] = await sheetOf('daily?date=2026-03-10');
    const purchase = ['Покупка', 'QR'];
    expect(rows).toEqual([
      ['Итоги', 3, null, null, null, null, null, null, null, 17649.5, 86.15, null, null],
      [
        bank,
        1,
        'QR12345678',
        first.id,
        'ДА',
        '2026-03-10T00:00:00.000Z',
        ...purchase,
        '5263897',
        16900,
        84.5,
        0.5,
        '8021',
      ],
      [
        bank,
        2,
        'QR99999999',
        first.id,
        'ДА',
        '2026-03-10T11:00:00.000Z',
        'Возврат',
        'QR',
        '5263897',
        -900.5,
        0,
        null,
        '8021',
      ],
      [bank, 3, null, last.id, 'ДА', '2026-03-10T23:59:59.000Z', ...purchase, '8889637', 1650, 1.65, 0.1, '7032'],
    ]);
  });

  it('does not list payments in doubt or reversed payments', async () => {
    const { id } = await insertBought(database, { at: new Date('2026-03-12T06:00:00Z'), amount: '5.00' });
    const like = (status: string, more: string) =>
      database.query(
        `insert into qr_payments select (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(),
           'kaspi_payment_id', gen_random_uuid(), 'status', '${status}', 'confirmed_at', null) || '${more}')).* from qr_payments p where id = $1`,
        [id],
      );
    await like('IN_DOUBT', '{"settled_by": null, "doubted_at": "2026-03-12T07:00:00Z"}');
    await like('REVERSED', '{"failure_code": "KASPI_REFUSED"}');
    const [, totals, ...rows] = await sheetOf('daily?date=2026-03-12');
    expect(totals?.slice(0, 2)).toEqual(['Итоги', 1]);
    expect(rows.map((row) => row[3])).toEqual([id]);
  });

  it('has an empty fee if there is no tariff', async () => {
    await insertBought(database, { at: new Date('2026-03-13T06:00:00Z'), amount: '100.00', mcc: '9999' });
    await insertBought(database, { at: new Date('2026-03-13T07:00:00Z'), amount: '100.00', mcc: null });
    const [, totals, ...rows] = await sheetOf('daily?date=2026-03-13');
    expect(totals?.slice(9)).toEqual([200, 0, null, null]);
    expect(rows.map((row) => row.slice(9))).toEqual([
      [100, null, null, '9999'],
      [100, null, null, null],
    ]);
  });

  it('of a day without operations has a header and totals of zero', async () => {
    expect(await sheetOf('daily?date=2026-01-01')).toEqual([
      expect.arrayContaining(['Наименование Участника', 'Комиссия за Платежную услугу, тенге']),
      ['Итоги', 0, ...Array(7).fill(null), 0, 0, null, null],
    ]);
  });

  it('lists each of thousands of operations once, with totals equal to their sum to the tiyn', async () => {
    await database.query(
      `insert into qr_payments select (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(),
         'kaspi_payment_id', gen_random_uuid(), 'amount', 1 + (n * 7919) % 10000000, 'debited_at', p.debited_at
           + (n % 500) * interval '1 second', 'merchant_mcc', (array['8021', '7032', '5411'])[1 + n % 3]))).*
       from qr_payments p, generate_series(1, 7001) n where p.id = $1`,
      [(await insertBought(database, { at: new Date('2026-03-20T00:00:00Z'), amount: '1.00' })).id],
    );
    const [, totals, ...rows] = await sheetOf('daily?date=2026-03-20');
    expect(rows).toHaveLength(7002);
    expect(new Set(rows.map((row) => row[3])).size).toBe(7002);
    expect(rows.map((row) => row[1])).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map((row) => row[5])).toEqual(rows.map((row) => row[5]).toSorted());
    expect([totals?.[1], tiyn(totals?.[9]), tiyn(totals?.[10])]).toEqual([7002, sumOf(rows, 9), sumOf(rows, 10)]);
  });

  it('is an Excel file whose name has the kind and the day, by default yesterday', async () => {
    const { status, headers, bytes } = await download('daily');
    expect([status, headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    expect(headers.get('content-type')).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
    expect(headers.get('content-disposition')).toBe('attachment; filename="registry-daily-2026-03-31.xlsx"');
  });
});

describe('Our own monthly registry', () => {
  it('has all days of the month in Almaty, with the fee of "Сервис" and its one rate', async () => {
    for (const at of ['2026-01-31T18:59:59Z', '2026-01-31T19:00:00Z', '2026-02-14T18:59:59Z'])
      await insertBought(database, { at: new Date(at), amount: '1000.00' });
    const [header, totals, ...rows] = await sheetOf('monthly?month=2026-02');
    expect(header?.slice(10, 12)).toEqual(['Комиссия за услугу "Сервис", тенге', 'Размер тарифа, "Сервис", %']);
    expect(totals).toEqual(['Итоги', 2, ...Array(7).fill(null), 2000, 4, 0.2, null]);
    expect(rows.map((row) => [row[5], row[10], row[11]])).toEqual([
      ['2026-02-01T00:00:00.000Z', 2, 0.2],
      ['2026-02-14T23:59:59.000Z', 2, 0.2],
    ]);
  });

  it('has no single rate if the tariff changed within the month; each operation has the rate of its day', async () => {
    await insertBought(database, { at: new Date('2026-02-14T19:00:00Z'), amount: '1000.00' });
    const [, totals, ...rows] = await sheetOf('monthly?month=2026-02');
    expect(totals?.slice(9)).toEqual([3000, 7, null, null]);
    expect(rows.map((row) => row[11])).toEqual([0.2, 0.2, 0.3]);
  });

  it('is by default the one of the last month', async () => {
    const { headers } = await download('monthly');
    expect(headers.get('content-disposition')).toBe('attachment; filename="registry-monthly-2026-03.xlsx"');
  });
});

it.each(['daily?date=2026-02-30', 'daily?date=', 'monthly?month=2026-13', 'monthly?month=2026-03-01'])(
  '%s is 400',
  async (path) => {
    const { status, bytes } = await download(path);
    expect([status, JSON.parse(bytes.toString()).code]).toEqual([400, 'VALIDATION_FAILED']);
  },
);

it('An error of the database is answered with an error, and no byte of a file', async () => {
  await database.query('alter table refunds rename to refunds_away');
  await database.query('alter view refunds_to_reconcile rename to refunds_away_to_reconcile');
  expect((await download('daily?date=2026-03-20')).status).toBe(500);
  await database.query('alter view refunds_away_to_reconcile rename to refunds_to_reconcile');
  await database.query('alter table refunds_away rename to refunds');
});

it('The snapshot has ended before the first byte is sent', async () => {
  const token = await server.mpp.teamToken('accounting');
  const response = await fetch(`${server.publicUrl}/ops/v1/reports/daily?date=2026-03-20`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const open = await database.query(
    `select query from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
  );
  expect([response.status, open]).toEqual([200, []]);
  await response.body?.cancel();
});
