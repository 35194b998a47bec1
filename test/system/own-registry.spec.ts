import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { insertBought, insertRefunded } from '../support/own-operations.js';
import { ACCOUNT } from '../support/payments.js';

/** LibreOffice's CSV filter: commas, quotes where needed, UTF-8, every cell as displayed. */
const AS_SHOWN = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true';
const SOFFICE_MS = 120_000;
const BANK = 'АО "_____ Bank"';

/** The operations of the regulation's example (5.1, 5.2), with their times in UTC. */
const EXAMPLE = [
  ['2024-09-22T19:01:41Z', '16900.00', '5263897', '8021', 'QR12345678'],
  ['2024-09-22T19:04:24Z', '1650.00', '8889637', '7032', 'QR87956214'],
  ['2024-09-22T19:05:51Z', '1630.00', '4569716', '5411', 'QR02598762'],
] as const;

let database: TestDatabase;
let server: TestServer;
let folder: string;
/** Our ids of the example's payments, in the example's order. */
let ids: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mpp-own-registry-'));
  database = await createDatabase();
  await database.query(`create or replace function registry_rate(p_service text, p_mcc text, p_day date) returns bigint
    language sql stable as $$ select case p_service when 'SERVICE' then 2000
      else case p_mcc when '8021' then 5000 when '7032' then 1000 when '5411' then 3000 end end::bigint $$`);
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer({ ...env, PARTICIPANT_NAME: BANK });
  const bought = [];
  for (const [at, amount, customerId, mcc, kaspiOperationId] of EXAMPLE)
    bought.push(await insertBought(database, { at: new Date(at), amount, customerId, mcc, kaspiOperationId }));
  ids = bought.map(({ id }) => id);
  const [first] = bought;
  const refund = { at: new Date('2024-10-01T06:00:00Z'), amount: '1234.50', kaspiOperationId: 'QR55555555' };
  if (first) await insertRefunded(database, first, refund, ACCOUNT);
}, SOFFICE_MS);

afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** The report as LibreOffice displays it, cell by cell. */
async function shown(report: string): Promise<string[][]> {
  const token = await server.mpp.teamToken('accounting');
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.publicUrl}/ops/v1/reports/${report}`, { headers });
  expect(response.status).toBe(200);
  const name = report.replace(/\W+/g, '-');
  await writeFile(join(folder, `${name}.xlsx`), Buffer.from(await response.arrayBuffer()));
  await promisify(execFile)(
    process.env.SOFFICE ?? 'soffice',
    [`-env:UserInstallation=file://${folder}/profile`, '--headless', '--convert-to', AS_SHOWN, `${name}.xlsx`],
    { cwd: folder, timeout: SOFFICE_MS },
  );
  const text = await readFile(join(folder, `${name}.csv`), 'utf8');
  return text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\n')
    .map(cellsOf);
}

/** The cells of a CSV line without quotes; no cell has a line break. Thousands are separated by no-break spaces. */
function cellsOf(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  return cells.slice(0, 13).map((cell) =>
    cell
      .replace(/,$/, '')
      .replace(/^"|"$/g, '')
      .replaceAll('""', '"')
      .replaceAll(/[\u00A0\u202F]/g, ' '),
  );
}

const columns = (fee: string, rate: string) => [
  ...['Наименование Участника', '#', 'ID операции Kaspi', 'ID операции участника', 'Подтвержденный платеж'],
  ...['Дата и время операции', 'Тип операции', 'Тип оплаты', 'ID клиента', 'Сумма Платежа, тенге'],
  ...[fee, rate, 'Категория продавца (MCC)'],
];
const totals = (count: string, ...amounts: string[]) => ['Итоги', count, '', '', '', '', '', '', '', ...amounts, ''];

describe('In LibreOffice our own registry is, cell by cell, the example of the regulation:', () => {
  it(
    'the daily one of 5.1',
    async () => {
      expect(await shown('daily?date=2024-09-23')).toEqual([
        columns('Комиссия за Платежную услугу, тенге', 'Размер тарифа, Платежная услуга, %'),
        totals('3', '20 180,00', '91,04', ''),
        ...rows(['84,50', '0,50'], ['1,65', '0,10'], ['4,89', '0,30']),
      ]);
    },
    SOFFICE_MS,
  );

  it(
    'the monthly one of 5.2',
    async () => {
      expect(await shown('monthly?month=2024-09')).toEqual([
        columns('Комиссия за услугу "Сервис", тенге', 'Размер тарифа, "Сервис", %'),
        totals('3', '20 180,00', '40,36', '0,20'),
        ...rows(['33,80', '0,20'], ['3,30', '0,20'], ['3,26', '0,20']),
      ]);
    },
    SOFFICE_MS,
  );

  it(
    'with a refund as a negative amount without a fee',
    async () => {
      const refund = ['QR55555555', ids[0] ?? '', 'ДА', '01.10.2024 11:00:00', 'Возврат', 'QR', '5263897'];
      expect((await shown('daily?date=2024-10-01')).slice(1)).toEqual([
        totals('1', '-1 234,50', '0,00', ''),
        [BANK, '1', ...refund, '-1 234,50', '0,00', '', '8021'],
      ]);
    },
    SOFFICE_MS,
  );
});

/** The example's rows with their fees and rates. */
function rows(...fees: [fee: string, rate: string][]): string[][] {
  const operations = [
    ['QR12345678', '23.09.2024 00:01:41', '5263897', '16 900,00', '8021'],
    ['QR87956214', '23.09.2024 00:04:24', '8889637', '1 650,00', '7032'],
    ['QR02598762', '23.09.2024 00:05:51', '4569716', '1 630,00', '5411'],
  ] as const;
  return operations.map(([operation, at, customer, amount, mcc], index) => [
    ...[BANK, String(index + 1), operation, ids[index] ?? '', 'ДА', at, 'Покупка', 'QR', customer, amount],
    ...(fees[index] ?? []),
    mcc,
  ]);
}
