import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLE_OPERATIONS, eventFileOf } from '../testing/example-events.js';
import { answer, Participant } from '../testing/participant.js';
import { type ReadRegistry, registryOf } from '../testing/registry-file.js';
import { TestSimulator } from '../testing/test-simulator.js';

let participant: Participant;
const simulator = new TestSimulator({ refundUrl: () => participant.url });
const DAY = '2024-09-23';
/** A refund alone. */
const DAY_OF_REFUND = '2026-02-19';

let whole: ReadRegistry;

beforeAll(async () => {
  participant = await Participant.start();
  writeFileSync(simulator.storeFile, eventFileOf());
  await simulator.start();
  participant.reactions = [answer('SUCCESS')];
  await simulator.running.refund('payment of QR12345678', '900.00');
  whole = await planted('');
});
afterAll(async () => {
  await simulator.end();
  await participant.stop();
});

const get = (plant: string, date = DAY) => simulator.client.get(`/registry/daily.xlsx?date=${date}&plant=${plant}`);
const planted = async (plant: string, date = DAY) => registryOf(await get(plant, date));
/** Without the number, which a row that is put in or left out moves on. */
const unnumbered = (rows: ReadRegistry['rows']) => rows.map((row) => row.toSpliced(1, 1));
const rowWith = (row: number, change: Record<number, string>) =>
  Object.assign([...(whole.rows[row - 3] ?? [])], change) as ReadRegistry['rows'][number];
const statedOf = ({ totals }: ReadRegistry) => [totals[1], totals[9], totals[10]];

const [first, second] = EXAMPLE_OPERATIONS.map(({ operationId, mppPaymentId }) => ({ operationId, mppPaymentId }));

describe('A difference that is planted', () => {
  it.each([
    ['amount', { 9: '16 901,00', 10: '84,51' }, ['3', '20 181,00', '91,05']],
    ['status', { 4: 'НЕТ' }, ['3', '3 280,00', '6,54']],
    ['customer', { 8: '5263891' }, ['3', '20 180,00', '91,04']],
    ['fee', { 10: '84,51' }, ['3', '20 180,00', '91,05']],
  ])('%s: the first operation has it, nothing else does, and the totals follow', async (plant, change, totals) => {
    const registry = await planted(plant);
    expect(registry.rows).toEqual([rowWith(3, change), ...whole.rows.slice(1)]);
    expect(statedOf(registry)).toEqual(totals);
    expect(registry.planted).toEqual([{ plant, ...first, row: 3 }]);
  });

  it.each(['amount', 'status', 'customer', 'fee'])('%s can be that of the second operation', async (plant) => {
    const { rows, planted: where } = await planted(`${plant}:2`);
    expect(where).toEqual([{ plant, ...second, row: 4 }]);
    expect(rows.filter((row, index) => row.join() !== whole.rows[index]?.join())).toEqual([rows[1]]);
  });

  it('missing-at-kaspi: a confirmed purchase is left out', async () => {
    const registry = await planted('missing-at-kaspi:2');
    expect(unnumbered(registry.rows)).toEqual(unnumbered(whole.rows).toSpliced(1, 1));
    expect(registry.rows.map((row) => row[1])).toEqual(['1', '2']);
    expect(statedOf(registry)).toEqual(['2', '18 530,00', '89,39']);
    expect(registry.planted).toEqual([{ plant: 'missing-at-kaspi', ...second, row: null }]);
  });

  it('missing-at-mpp: an operation that the participant never had is listed, the same one each time', async () => {
    const registry = await planted('missing-at-mpp');
    const [, stranger] = registry.rows;
    const operationId = 'QR912345678';
    expect(unnumbered(registry.rows).toSpliced(1, 1)).toEqual(unnumbered(whole.rows));
    expect(stranger?.[2]).toBe(operationId);
    expect(stranger?.[3]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(statedOf(registry)).toEqual(['4', '37 080,00', '175,54']);
    expect(registry.planted).toEqual([{ plant: 'missing-at-mpp', operationId, mppPaymentId: stranger?.[3], row: 4 }]);
    expect((await planted('missing-at-mpp')).rows).toEqual(registry.rows);
  });

  it('duplicate: an operation is listed twice', async () => {
    const registry = await planted('duplicate:3');
    expect(unnumbered(registry.rows)).toEqual([...unnumbered(whole.rows), ...unnumbered(whole.rows).slice(2)]);
    expect(registry.rows.map((row) => row[1])).toEqual(['1', '2', '3', '4']);
    expect(statedOf(registry)).toEqual(['4', '21 810,00', '95,93']);
    expect(registry.planted).toMatchObject([{ plant: 'duplicate', operationId: 'QR02598762', row: 6 }]);
  });

  it('total: the amount in "Итоги" is not that of the rows', async () => {
    const registry = await planted('total');
    expect(registry.rows).toEqual(whole.rows);
    expect(statedOf(registry)).toEqual(['3', '20 181,00', '91,04']);
    expect(registry.planted).toEqual([{ plant: 'total', operationId: null, mppPaymentId: null, row: 2 }]);
  });

  it('can be one of several, each at another operation', async () => {
    const { planted: where, rows } = await planted('amount,status:1,duplicate,missing-at-mpp:2,total');
    expect(where).toMatchObject([
      { plant: 'status', operationId: 'QR12345678', row: 3 },
      { plant: 'amount', operationId: 'QR87956214', row: 4 },
      { plant: 'missing-at-mpp', operationId: 'QR987956214', row: 5 },
      { plant: 'duplicate', operationId: 'QR02598762', row: 7 },
      { plant: 'total', row: 2 },
    ]);
    expect(rows.map((row) => row[2])).toEqual(['QR12345678', 'QR87956214', 'QR987956214', 'QR02598762', 'QR02598762']);
  });

  it('can be that of a refund', async () => {
    const { rows } = await planted('amount', DAY_OF_REFUND);
    expect(rows.map((row) => [row[6], row[9], row[10]])).toEqual([['Возврат', '-901,00', '0,00']]);
    expect((await planted('status', DAY_OF_REFUND)).rows[0]?.[4]).toBe('НЕТ');
    expect((await planted('duplicate', DAY_OF_REFUND)).rows).toHaveLength(2);
  });

  it.each([
    ['amount', '2024-09-22', 'amount: none of the 0 operations is free for it'],
    ['missing-at-mpp', '2024-09-22', 'missing-at-mpp: none of the 0 purchases is free for it'],
    ['missing-at-kaspi', DAY_OF_REFUND, 'missing-at-kaspi: none of the 0 purchases is free for it'],
    ['fee:1', DAY_OF_REFUND, 'fee:1: there are 0 purchases'],
    ['status:4', DAY, 'status:4: there are 3 operations'],
    ['amount:2,status:2', DAY, 'status:2: amount is planted there already'],
    ['amount,status,fee,customer', DAY, 'customer: none of the 3 operations is free for it'],
  ])('is refused with the reason if it is impossible: %s on %s', async (plant, date, message) => {
    const response = await get(plant, date);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ message });
  });
});
