import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLE_OPERATIONS, eventFileOf } from '../testing/example-events.js';
import { registryOf } from '../testing/registry-file.js';
import { TestSimulator } from '../testing/test-simulator.js';

const simulator = new TestSimulator();
const { client } = simulator;

beforeAll(async () => {
  // Not in the order of their times.
  writeFileSync(simulator.storeFile, eventFileOf(EXAMPLE_OPERATIONS.toReversed()));
  await simulator.start();
});
afterAll(() => simulator.end());

const registry = async (query: string) => registryOf(await client.get(`/registry/${query}`));

const HEADER = [
  'Наименование Участника',
  '#',
  'ID операции Kaspi',
  'ID операции участника',
  'Подтвержденный платеж',
  'Дата и время операции',
  'Тип операции',
  'Тип оплаты',
  'ID клиента',
  'Сумма Платежа, тенге',
  'Комиссия за Платежную услугу, тенге',
  'Размер тарифа, Платежная услуга, %',
  'Категория продавца (MCC)',
];

/** A row of the example, with the columns that are the same in all rows. */
const row = (...[number, operationId, mppPaymentId, time, customerId, amount, fee, rate, mcc]: unknown[]) => [
  'АО "_____ Bank"',
  number,
  operationId,
  mppPaymentId,
  'ДА',
  time,
  'Покупка',
  'QR',
  customerId,
  amount,
  fee,
  rate,
  mcc,
];
const totals = (...[operations, amount, fee, rate]: unknown[]) => [
  'Итоги',
  operations,
  ...Array(7).fill(null),
  amount,
  fee,
  rate,
  null,
];

describe('The daily registry', () => {
  it('of the regulation’s example has the same cells as in the regulation (5.1)', async () => {
    const { header, totals: totalsRow, rows } = await registry('daily.xlsx?date=2024-09-23');
    expect(header).toEqual(HEADER);
    expect(totalsRow).toEqual(totals('3', '20 180,00', '91,04', null));
    expect(rows).toEqual([
      row('1', 'QR12345678', '12387914889', '23.09.2024 00:01:41', '5263897', '16 900,00', '84,50', '0,50', '8021'),
      row('2', 'QR87956214', '45698748797', '23.09.2024 00:04:24', '8889637', '1 650,00', '1,65', '0,10', '7032'),
      row('3', 'QR02598762', '78901595681', '23.09.2024 00:05:51', '4569716', '1 630,00', '4,89', '0,30', '5411'),
    ]);
  });

  it('can have spreadsheet numbers and dates, in the time of Almaty', async () => {
    const { totals: totalsRow, rows } = await registry('daily.xlsx?date=2024-09-23&cells=numeric');
    const time = (text: string) => new Date(`2024-09-23T${text}Z`);
    expect(totalsRow).toEqual(totals(3, 20180, 91.04, null));
    expect(rows).toEqual([
      row(1, 'QR12345678', '12387914889', time('00:01:41'), '5263897', 16900, 84.5, 0.5, '8021'),
      row(2, 'QR87956214', '45698748797', time('00:04:24'), '8889637', 1650, 1.65, 0.1, '7032'),
      row(3, 'QR02598762', '78901595681', time('00:05:51'), '4569716', 1630, 4.89, 0.3, '5411'),
    ]);
  });

  it.each([
    ['the day before, which it still was in UTC', '2024-09-22'],
    ['the day after', '2024-09-24'],
  ])('has none of the operations on %s', async (_which, date) => {
    const { totals: totalsRow, rows } = await registry(`daily.xlsx?date=${date}`);
    expect(rows).toEqual([]);
    expect(totalsRow).toEqual(totals('0', '0,00', '0,00', null));
  });

  it('covers several days, as Monday’s registry covers a weekend', async () => {
    expect((await registry('daily.xlsx?date=2024-09-20&to=2024-09-22')).rows).toHaveLength(0);
    expect((await registry('daily.xlsx?date=2024-09-21&to=2024-09-23')).rows).toHaveLength(3);
  });
});

describe('The monthly registry', () => {
  it('of the regulation’s example has the same cells as in the regulation (5.2)', async () => {
    const { header, totals: totalsRow, rows } = await registry('monthly.xlsx?month=2024-09');
    expect(header).toEqual(
      HEADER.with(10, 'Комиссия за услугу "Сервис", тенге').with(11, 'Размер тарифа, "Сервис", %'),
    );
    expect(totalsRow).toEqual(totals('3', '20 180,00', '40,36', '0,20'));
    expect(rows).toEqual([
      row('1', 'QR12345678', '12387914889', '23.09.2024 00:01:41', '5263897', '16 900,00', '33,80', '0,20', '8021'),
      row('2', 'QR87956214', '45698748797', '23.09.2024 00:04:24', '8889637', '1 650,00', '3,30', '0,20', '7032'),
      row('3', 'QR02598762', '78901595681', '23.09.2024 00:05:51', '4569716', '1 630,00', '3,26', '0,20', '5411'),
    ]);
  });

  it('has none of the operations in another month', async () => {
    expect((await registry('monthly.xlsx?month=2024-08')).rows).toEqual([]);
    expect((await registry('monthly.xlsx?month=2024-10')).rows).toEqual([]);
  });
});
