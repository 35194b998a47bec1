import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, Participant } from '../testing/participant.js';
import { readRegistry, registryOf } from '../testing/registry-file.js';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

let participant: Participant;
let simulator: TestSimulator;

beforeAll(async () => {
  participant = await Participant.start();
});
afterAll(() => participant.stop());
beforeEach(async () => {
  simulator = new TestSimulator({ refundUrl: () => participant.url });
  await simulator.start();
});
afterEach(async () => {
  await simulator.end();
  participant.reset();
});

const registry = async (query = 'daily.xlsx') => registryOf(await simulator.client.get(`/registry/${query}`));
const rates = async (method: 'GET' | 'PUT', body?: unknown) => {
  const response = await fetch(`${simulator.running.url}/registry/rates`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

async function createPurchase(amount: string, { mcc = '5812', customer = CUSTOMER, result = 'SUCCESS' } = {}) {
  const { client } = simulator;
  const { qrCode, paymentId } = await client.newQr({ type: 'Dynamic', amount, merchant: { mcc } });
  await client.scan(qrCode, customer);
  await client.notify(paymentId, result, customer);
  return paymentId;
}
const operationOf = (paymentId: string) =>
  simulator.running.purchases().find((purchase) => purchase.paymentId === paymentId)?.operationId;

describe('A registry', () => {
  it('lists only purchases that Kaspi confirmed', async () => {
    const first = await createPurchase('100.00');
    await createPurchase('200.00', { result: 'CANCELLED_BY_CLIENT' });
    await createPurchase('300.00', { result: 'PROCESS_FAIL' });
    await simulator.client.scan((await simulator.client.newQr()).qrCode);
    simulator.clock.pass(1000);
    const second = await createPurchase('1234567.89', { customer: SECOND_CUSTOMER });
    const { totals, rows } = await registry();
    expect(rows.map((row) => row.slice(1, 10))).toEqual([
      ['1', operationOf(first), `mpp-${CUSTOMER}`, 'ДА', '19.02.2026 15:00:00', 'Покупка', 'QR', CUSTOMER, '100,00'],
      [
        '2',
        operationOf(second),
        `mpp-${SECOND_CUSTOMER}`,
        'ДА',
        '19.02.2026 15:00:01',
        'Покупка',
        'QR',
        SECOND_CUSTOMER,
        '1 234 567,89',
      ],
    ]);
    expect(totals.slice(1, 11)).toEqual(['2', ...Array(7).fill(null), '1 234 667,89', '6 173,34']);
  });

  it('lists a Static purchase with the amount that the customer entered', async () => {
    const { client } = simulator;
    const { payment } = await client.scan((await client.newQr({ type: 'Static' })).qrCode);
    await client.notify(payment?.paymentId ?? '', 'SUCCESS', CUSTOMER, '2500.00');
    expect((await registry()).rows.map((row) => row[9])).toEqual(['2 500,00']);
  });

  it('lists a refund with a negative amount, its own operation id, the participant’s id of the purchase and no fee', async () => {
    const paymentId = await createPurchase('1500.00');
    simulator.clock.pass(1000);
    const { operationId } = await simulator.running.refund(paymentId, '1400.50');
    for (const file of ['daily.xlsx', 'monthly.xlsx']) {
      const { totals, rows } = await registry(file);
      const [, ...refund] = rows[1] ?? [];
      const ids = [operationId, `mpp-${CUSTOMER}`, 'ДА', '19.02.2026 15:00:01', 'Возврат', 'QR', CUSTOMER];
      expect(refund).toEqual(['2', ...ids, '-1 400,50', '0,00', '0,00', '5812']);
      expect(totals.slice(9, 11)).toEqual(['99,50', file === 'daily.xlsx' ? '7,50' : '3,00']);
    }
    expect((await registry('daily.xlsx?cells=numeric')).rows[1]?.[9]).toBe(-1400.5);
  });

  it('has the same operation id for a refund as its receipt', async () => {
    await simulator.running.refund(await createPurchase('1500.00'), '1');
    const { pdfReceipt } = JSON.parse(participant.received[0]?.body ?? '') as { pdfReceipt: string };
    expect(new URL(pdfReceipt).searchParams.get('extTranId')).toBe((await registry()).rows[1]?.[2]);
  });

  it('does not list a refund that the participant refused or has not answered', async () => {
    const paymentId = await createPurchase('1500.00');
    participant.reactions = [answer('PARAM_ILLEGAL')];
    await simulator.running.refund(paymentId, '1');
    participant.reactions = ['hang'];
    await simulator.running.refund(paymentId, '2');
    expect((await registry()).rows.map((row) => row[6])).toEqual(['Покупка']);
  });

  it('is by default of the current day or month in Almaty', async () => {
    await createPurchase('100.00');
    // To a second before midnight in Almaty, then to midnight.
    simulator.clock.pass((9 * 60 * 60 - 1) * 1000);
    await createPurchase('200.00');
    expect((await registry()).rows.map((row) => row[9])).toEqual(['100,00', '200,00']);
    simulator.clock.pass(1000);
    await createPurchase('400.00');
    expect((await registry()).rows.map((row) => row[9])).toEqual(['400,00']);
    expect((await registry('daily.xlsx?date=2026-02-19')).rows).toHaveLength(2);
    expect((await registry('monthly.xlsx')).rows).toHaveLength(3);
  });

  it('shows the last moment of a day as that day, in both cell formats', async () => {
    simulator.clock.pass(9 * 60 * 60 * 1000 - 1);
    await createPurchase('100.00');
    const times = async (cells: string) => (await registry(`daily.xlsx?cells=${cells}`)).rows.map((row) => row[5]);
    expect(await times('text')).toEqual(['19.02.2026 23:59:59']);
    expect(await times('numeric')).toEqual([new Date('2026-02-19T23:59:59Z')]);
  });

  it('has the same bytes at each download, also after a restart', async () => {
    await simulator.running.refund(await createPurchase('1500.00'), '100');
    const query = 'daily.xlsx?date=2026-02-19&plant=missing-at-mpp,status:2';
    const { bytes, planted } = await registry(query);
    simulator.clock.pass(60 * 60 * 1000);
    await simulator.restart();
    const again = await registry(query);
    expect(Buffer.from(again.bytes).equals(Buffer.from(bytes))).toBe(true);
    expect(again.planted).toEqual(planted);
  });

  it('is an Excel file with a file name', async () => {
    const response = await simulator.client.get('/registry/daily.xlsx?date=2026-03-06&to=2026-03-08');
    expect(response.headers.get('content-type')).toBe(
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    );
    const disposition = response.headers.get('content-disposition') ?? '';
    expect(disposition).toContain('attachment; filename="registry-daily-2026-03-06_2026-03-08.xlsx"');
    expect(decodeURIComponent(disposition)).toContain("filename*=UTF-8''Реестр_2026-03-06_2026-03-08.xlsx");
    expect(response.headers.get('x-planted')).toBe('[]');
    const { header } = await readRegistry(new Uint8Array(await response.arrayBuffer()));
    expect(header).toHaveLength(13);
  });

  it.each([
    ['daily.xlsx?date=10.03.2026', 'date'],
    ['daily.xlsx?date=2026-02-30', 'date'],
    ['daily.xlsx?date=2026-03-10&date=2026-03-11', 'date'],
    ['daily.xlsx?to=2026-03-10', 'date'],
    ['daily.xlsx?date=2026-03-10&to=2026-03-09', 'to'],
    ['daily.xlsx?month=2026-03', 'month'],
    ['daily.xlsx?cells=real', 'cells'],
    ['daily.xlsx?plant=everything', 'everything is none of missing-at-kaspi'],
    ['daily.xlsx?plant=amount:0', 'amount:0'],
    ['daily.xlsx?plant=amount,', 'plant'],
    ['daily.xlsx?plant=total:2', 'one total'],
    ['monthly.xlsx?month=2026-13', 'month'],
    ['monthly.xlsx?month=2026-3', 'month'],
  ])('with an invalid query is refused with the reason: %s', async (query, message) => {
    const response = await simulator.client.get(`/registry/${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { message: string }).message).toContain(message);
  });
});

describe('Kaspi’s rates', () => {
  it('are by default those of the regulation’s examples', async () => {
    expect((await rates('GET')).body).toEqual({
      default: '0.50',
      byMcc: { '8021': '0.50', '7032': '0.10', '5411': '0.30' },
      service: '0.20',
    });
  });

  it('that are not set stay as they were, also after a restart', async () => {
    await createPurchase('1000.00', { mcc: '4111' });
    await createPurchase('1000.00', { mcc: '5812' });
    const { body } = await rates('PUT', { byMcc: { '4111': '0.125' }, service: '1' });
    expect(body).toEqual({ default: '0.50', byMcc: { '4111': '0.125' }, service: '1' });
    await simulator.restart();
    expect((await rates('GET')).body).toEqual(body);
    const fees = async (file: string) => (await registry(file)).rows.map((row) => [row[10], row[11]]);
    expect(await fees('daily.xlsx')).toEqual([
      ['1,25', '0,125'],
      ['5,00', '0,50'],
    ]);
    expect(await fees('monthly.xlsx')).toEqual([
      ['10,00', '1,00'],
      ['10,00', '1,00'],
    ]);
  });

  it('are the default ones for the MCC “constructor”, which is a property of every JavaScript object', async () => {
    await createPurchase('1000.00', { mcc: 'constructor' });
    expect((await registry()).rows[0]?.[10]).toBe('5,00');
  });

  it.each([
    [{ default: '0,50' }, 'default'],
    [{ default: '100' }, 'default'],
    [{ default: '-1' }, 'default'],
    [{ service: 0.2 }, 'service'],
    [{ byMcc: { '8021': '0.00001' } }, 'byMcc.8021'],
    [{ other: '1' }, 'other'],
  ])('that are invalid are refused with the reason: %j', async (body, message) => {
    const answered = await rates('PUT', body);
    expect(answered.status).toBe(400);
    expect(answered.body.message).toContain(message);
  });
});
