import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import QrCode from 'qrcode';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';
import { type RunningSimulator, startSimulator } from '../start.js';
import { CUSTOMER, clientOf, SECOND_CUSTOMER, TestClock } from '../testing/simulator-client.js';

const clock = new TestClock(new Date('2026-02-19T10:00:00Z'));
let simulator: RunningSimulator;
const shop = clientOf(() => simulator.url);

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund', clock });
});
afterAll(() => simulator.stop());

/** The dark modules of an SVG, which is one path of horizontal strokes with a margin of four modules. */
function modulesOf(svg: string): Set<string> {
  const path = /stroke="#000000" d="([^"]+)"/.exec(svg)?.[1] ?? '';
  const dark = new Set<string>();
  let x = 0;
  let y = 0;
  for (const [, command, first = '', second] of path.matchAll(/([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
    if (command === 'M') [x, y] = [Number(first), Number(second)];
    if (command === 'm') [x, y] = [x + Number(first), y + Number(second)];
    if (command !== 'h') continue;
    for (const end = x + Number(first); x < end; x += 1) dark.add(`${x - 4},${Math.floor(y) - 4}`);
  }
  return dark;
}

/** The dark modules from the encoder. */
function modulesFor(text: string): Set<string> {
  const { size, data } = QrCode.create(text).modules;
  const dark = Array.from(data).flatMap((bit, index) => (bit ? [`${index % size},${Math.floor(index / size)}`] : []));
  return new Set(dark);
}

describe('A shop', () => {
  it('makes a QR code for a sale', async () => {
    const { status, body } = await shop.order({ type: 'Dynamic', amount: '1500.5', lifetimeSeconds: 60 });
    expect(status).toBe(201);
    expect(body).toEqual({
      type: 'Dynamic',
      qrCode: expect.stringMatching(/^592\d{35}$/),
      paymentId: expect.any(String),
      amount: '1500.50',
      canConfirmUntil: '2026-02-19T15:01:00+05:00',
      svg: `/pos/qr/${body.qrCode}.svg`,
    });
  });

  it('makes a QR code for an amount that the customer enters', async () => {
    const { status, body } = await shop.order({ type: 'Static', lifetimeSeconds: 60 });
    expect(status).toBe(201);
    const qrCode = expect.stringMatching(/^592\d{35}$/);
    expect(body).toEqual({ type: 'Static', qrCode, svg: `/pos/qr/${body.qrCode}.svg` });
  });

  it('makes a QR code for a service with the given form', async () => {
    const parameters = [
      { id: 1, name: 'Лицевой счёт', value: '' },
      { id: 2, name: 'Город', value: 'ala', options: [{ key: 'ala', label: 'Алматы', description: 'и область' }] },
    ];
    const service = { serviceId: 5301, serviceName: 'Вода', parameters };
    const { status, body } = await shop.order({ type: 'Custom', service, amount: '100.5' });
    expect(status).toBe(201);
    const qrCode = expect.stringMatching(/^https:\/\/kaspi\.kz\/pay\/\w+$/);
    const svg = expect.stringMatching(/^\/pos\/qr\/\w+\.svg$/);
    expect(body).toEqual({ type: 'Custom', qrCode, amount: '100.50', service, svg });
  });

  it('makes a QR code for a car park that costs 100.00 by default', async () => {
    const { body } = await shop.order({ type: 'Custom' });
    expect(body).toMatchObject({ amount: '100.00', service: { serviceId: 2862 } });
  });

  it('makes a QR code for refunds', async () => {
    const { status, body } = await shop.order({ type: 'Refund' });
    expect(status).toBe(201);
    const [qrCode, refundId] = [expect.stringMatching(/^712\d{35}$/), expect.stringMatching(/^QR\d+$/)];
    expect(body).toEqual({ type: 'Refund', qrCode, refundId, svg: `/pos/qr/${body.qrCode}.svg` });
  });

  it.each([
    ['a list', [], 'JSON object'],
    ['no type', { amount: '1' }, 'type'],
    ['an unknown type', { type: 'Magic', amount: '1' }, 'type'],
    ['a type that every object has', { type: 'toString' }, 'type'],
    ['an amount for a Static QR', { type: 'Static', amount: '1' }, 'a Static QR has no amount'],
    ['an amount for a Refund QR', { type: 'Refund', amount: '1' }, 'a Refund QR has no amount'],
    ['a lifetime for a Refund QR', { type: 'Refund', lifetimeSeconds: 1 }, 'a Refund QR has no lifetimeSeconds'],
    ['a service for a Dynamic QR', { type: 'Dynamic', amount: '1', service: {} }, 'a Dynamic QR has no service'],
    ['a price of zero', { type: 'Custom', amount: '0' }, 'amount'],
    ['no amount', { type: 'Dynamic' }, 'amount'],
    ['an amount of zero', { type: 'Dynamic', amount: '0.00' }, 'amount'],
    ['an amount with a comma', { type: 'Dynamic', amount: '1,50' }, 'amount'],
    ['a lifetime of zero', { type: 'Dynamic', amount: '1', lifetimeSeconds: 0 }, 'lifetimeSeconds'],
    ['a lifetime that is not a number', { type: 'Dynamic', amount: '1', lifetimeSeconds: 'long' }, 'lifetimeSeconds'],
    ['a long name', { type: 'Dynamic', amount: '1', merchant: { name: 'x'.repeat(129) } }, 'merchant.name'],
  ])('cannot order %s, and gets the reason', async (_what, order, message) => {
    const { status, body } = await shop.order(order);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  const form = (...parameters: unknown[]) => ({ serviceId: 1, serviceName: 'Вода', parameters });
  const option = { key: 'a', label: 'A' };
  it.each([
    ['a text in place of an object', 'parking', 'service: must be an object'],
    ['no parameters', { serviceId: 1, serviceName: 'x' }, 'service.parameters: must be a list'],
    ['no serviceId', { ...form(), serviceId: undefined }, 'service.serviceId: is missing'],
    ['a serviceId that is not a number', { ...form(), serviceId: 'one' }, 'service.serviceId: must be a whole number'],
    ['no serviceName', { ...form(), serviceName: '' }, 'service.serviceName: is missing'],
    ['a text as a parameter', form('plate'), 'service.parameters[0]: must be an object'],
    ['no id', form({ name: 'x' }), 'service.parameters[0].id: is missing'],
    ['no name', form({ id: 1 }), 'service.parameters[0].name: is missing'],
    [
      'an id twice',
      form({ id: 1, name: 'x' }, { id: 1, name: 'y' }),
      'service.parameters: must each have a different id',
    ],
    ['a long value', form({ id: 1, name: 'x', value: 'x'.repeat(65) }), 'service.parameters[0].value: has at most 64'],
    ['options that are not a list', form({ id: 1, name: 'x', options: 'a' }), 'service.parameters[0].options: must be'],
    ['an option without a key', form({ id: 1, name: 'x', options: [{ label: 'A' }] }), 'options[0].key: is missing'],
    ['an option without a label', form({ id: 1, name: 'x', options: [{ key: 'a' }] }), 'options[0].label: is missing'],
    ['a key twice', form({ id: 1, name: 'x', options: [option, option] }), 'options: must each have a different key'],
    ['a long key', form({ id: 1, name: 'x', options: [{ ...option, key: 'x'.repeat(65) }] }), 'options[0].key: has at'],
    [
      'a value that is not an option',
      form({ id: 1, name: 'x', value: 'b', options: [option] }),
      'must be the key of one',
    ],
  ])('cannot order a form that has %s, and gets the reason', async (_what, service, message) => {
    const { status, body } = await shop.order({ type: 'Custom', service });
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  it.each([{ type: 'Dynamic', amount: '1500.00' }, { type: 'Static' }, { type: 'Custom' }, { type: 'Refund' }])(
    'gets its QR code as an image of exactly that code: %j',
    async (order) => {
      const { svg, qrCode } = await shop.newQr(order);
      const response = await shop.get(svg);
      expect(response.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
      const modules = modulesOf(await response.text());
      expect(modules.size).toBeGreaterThan(200);
      expect(modules).toEqual(modulesFor(qrCode));
    },
  );

  it('gets an image of the demo QR code, and 404 for an unknown code', async () => {
    expect(modulesOf(await (await shop.get(`/pos/qr/${DEMO_QR_CODE}.svg`)).text())).toEqual(modulesFor(DEMO_QR_CODE));
    expect((await shop.get('/pos/qr/592.svg')).status).toBe(404);
  });

  it('gets the image of a link also by the whole link', async () => {
    const { qrCode } = await shop.newQr({ type: 'Custom' });
    const response = await shop.get(`/pos/qr/${encodeURIComponent(qrCode)}.svg`);
    expect(modulesOf(await response.text())).toEqual(modulesFor(qrCode));
  });

  it('lists a customer’s purchases, newest first', async () => {
    const first = await shop.newQr();
    const second = await shop.newQr();
    const unpaid = await shop.newQr({ lifetimeSeconds: 1 });
    for (const { qrCode } of [first, second, unpaid]) {
      await shop.scan(qrCode);
      await shop.scan(qrCode, SECOND_CUSTOMER);
    }
    await shop.notify(first.paymentId);
    await shop.notify(second.paymentId, 'CANCELLED_BY_CLIENT', SECOND_CUSTOMER);
    clock.pass(1000);

    const common = { type: 'Dynamic', amount: '1500.00', refundedAmount: '0.00', parameters: null };
    const open = { ...common, mppPaymentId: null, result: null, confirmedAt: null, operationId: null };
    expect(await shop.purchases(CUSTOMER)).toEqual([
      { ...open, paymentId: unpaid.paymentId, qrCode: unpaid.qrCode, customerId: CUSTOMER, status: 'EXPIRED' },
      {
        ...common,
        paymentId: first.paymentId,
        mppPaymentId: `mpp-${CUSTOMER}`,
        qrCode: first.qrCode,
        customerId: CUSTOMER,
        status: 'CONFIRMED',
        result: 'SUCCESS',
        confirmedAt: '2026-02-19T10:00:00.000Z',
        operationId: expect.stringMatching(/^QR\d+$/),
      },
    ]);
    expect((await shop.purchases(SECOND_CUSTOMER)).map(({ status }) => status)).toEqual(['EXPIRED', 'CLOSED']);
  });

  it('lists purchases of every type, with the amount if they have one', async () => {
    for (const type of ['Static', 'Custom']) await shop.scan((await shop.newQr({ type })).qrCode, 'types');
    const { qrCode } = await shop.newQr({ type: 'Custom', amount: '250' });
    await shop.checkout((await shop.scan(qrCode, 'types')).payment?.paymentId ?? '');
    await shop.scan((await shop.newQr()).qrCode, 'types');
    const seen = (await shop.purchases('types')).map(({ type, amount }) => [type, amount]);
    expect(seen).toEqual([
      ['Dynamic', '1500.00'],
      ['Custom', '250.00'],
      ['Custom', null],
      ['Static', null],
    ]);
    expect(simulator.purchases('types')).toEqual(await shop.purchases('types'));
  });

  it('has a front page that lists the calls, and a health check', async () => {
    const page = await shop.get('/');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const text = await page.text();
    for (const named of [
      'stand-in for Kaspi Pay',
      '/api/v1/qr/checkout',
      'Static',
      'Custom',
      'Refund',
      'PUT /faults',
      'POST /pos/refunds',
      'POST /notifications',
      'GET /phone',
      'POST /core/accounts',
      'coreDebit',
    ]) {
      expect(text).toContain(named);
    }
    expect(await (await shop.get('/health')).json()).toEqual({ status: 'ok' });
  });
});
