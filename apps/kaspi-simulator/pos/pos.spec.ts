import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import QrCode from 'qrcode';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';
import { type RunningSimulator, startSimulator } from '../start.js';
import { CUSTOMER, clientOf, SECOND_CUSTOMER, StillClock } from '../testing/simulator-client.js';

const clock = new StillClock(new Date('2026-02-19T10:00:00Z'));
let simulator: RunningSimulator;
const shop = clientOf(() => simulator.url);

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, truthFile: null, refundUrl: 'http://127.0.0.1:3001/refund', clock });
});
afterAll(() => simulator.stop());

/** The dark modules of a drawn QR code: the SVG is one path of horizontal strokes, with a margin of four modules. */
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

/** The same, from the encoder itself. */
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
      qrCode: expect.stringMatching(/^592\d{35}$/),
      paymentId: expect.any(String),
      amount: '1500.50',
      canConfirmUntil: '2026-02-19T15:01:00+05:00',
      svg: `/pos/qr/${body.qrCode}.svg`,
    });
  });

  it.each([
    ['no JSON object', [], 'JSON object'],
    ['no type', { amount: '1' }, 'type'],
    ['an unknown type', { type: 'Magic', amount: '1' }, 'type'],
    ['a type of later', { type: 'Static' }, 'not offered yet'],
    ['no amount', { type: 'Dynamic' }, 'amount'],
    ['an amount of zero', { type: 'Dynamic', amount: '0.00' }, 'amount'],
    ['an amount with a comma', { type: 'Dynamic', amount: '1,50' }, 'amount'],
    ['a lifetime of zero', { type: 'Dynamic', amount: '1', lifetimeSeconds: 0 }, 'lifetimeSeconds'],
    ['a lifetime in words', { type: 'Dynamic', amount: '1', lifetimeSeconds: 'long' }, 'lifetimeSeconds'],
    ['a long name', { type: 'Dynamic', amount: '1', merchant: { name: 'x'.repeat(129) } }, 'merchant.name'],
  ])('is told what is wrong with %s', async (_what, order, message) => {
    const { status, body } = await shop.order(order);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  it('shows its QR code as an image that holds exactly that code', async () => {
    const { svg, qrCode } = await shop.newQr();
    const response = await shop.get(svg);
    expect(response.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
    const drawn = modulesOf(await response.text());
    expect(drawn.size).toBeGreaterThan(200);
    expect(drawn).toEqual(modulesFor(qrCode));
  });

  it('has a drawn demo QR code, and none for a code that it never made', async () => {
    expect(modulesOf(await (await shop.get(`/pos/qr/${DEMO_QR_CODE}.svg`)).text())).toEqual(modulesFor(DEMO_QR_CODE));
    expect((await shop.get('/pos/qr/592.svg')).status).toBe(404);
  });

  it('sees what a customer bought, newest first', async () => {
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

    const open = { mppPaymentId: null, result: null, confirmedAt: null, operationId: null, amount: '1500.00' };
    expect(await shop.purchases(CUSTOMER)).toEqual([
      { ...open, paymentId: unpaid.paymentId, qrCode: unpaid.qrCode, customerId: CUSTOMER, status: 'EXPIRED' },
      {
        paymentId: first.paymentId,
        mppPaymentId: `mpp-${CUSTOMER}`,
        qrCode: first.qrCode,
        customerId: CUSTOMER,
        amount: '1500.00',
        status: 'CONFIRMED',
        result: 'SUCCESS',
        confirmedAt: '2026-02-19T10:00:00.000Z',
        operationId: expect.stringMatching(/^QR\d+$/),
      },
    ]);
    expect((await shop.purchases(SECOND_CUSTOMER)).map(({ status }) => status)).toEqual(['EXPIRED', 'CLOSED']);
  });

  it('has a page that says what this is, and a health check', async () => {
    const page = await shop.get('/');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('stand-in for Kaspi Pay');
    expect(await (await shop.get('/health')).json()).toEqual({ status: 'ok' });
  });
});
