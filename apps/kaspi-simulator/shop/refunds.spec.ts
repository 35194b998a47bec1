import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, Participant } from '../testing/participant.js';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

let participant: Participant;
const simulator = new TestSimulator({ refundUrl: () => participant.url });
const { client: shop } = simulator;

beforeAll(async () => {
  participant = await Participant.start();
  await simulator.start();
});
afterAll(async () => {
  await simulator.end();
  await participant.stop();
});
afterEach(() => participant.reset());

/** A confirmed purchase, by its paymentId. */
async function createPurchase(
  order: { type: string; amount?: string } = { type: 'Dynamic', amount: '1500.00' },
  who = CUSTOMER,
) {
  const { payment } = await shop.scan((await shop.newQr(order)).qrCode, who);
  const paymentId = payment?.paymentId ?? '';
  if (order.type === 'Custom') await shop.checkout(paymentId);
  const amount = { Dynamic: undefined, Static: '2500.00', Custom: '100.00' }[order.type];
  await shop.notify(paymentId, 'SUCCESS', who, amount);
  return paymentId;
}
const purchase = (paymentId: string) => simulator.running.purchases().find((item) => item.paymentId === paymentId);

describe('A refund', () => {
  it('is sent to the participant with exactly the fields of the regulation (4.4)', async () => {
    const paymentId = await createPurchase();
    const { status, body } = await shop.refund({ paymentId, amount: '100.5' });
    expect(status).toBe(201);
    expect(body).toEqual({
      refundId: expect.stringMatching(/^Ref\d+$/),
      paymentId,
      customerId: CUSTOMER,
      amount: '100.50',
      status: 'ACCEPTED',
      resultCode: 'SUCCESS',
      attempts: 1,
      lastError: null,
      createdAt: '2026-02-19T10:00:00.000Z',
      answeredAt: '2026-02-19T10:00:00.000Z',
      operationId: expect.stringMatching(/^QR\d+$/),
    });
    const [request] = participant.received;
    expect(request?.url).toBe('/refund');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const sentBody = JSON.parse(request?.body ?? '');
    const pdf = `https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=${body.operationId}`;
    expect(sentBody).toEqual({
      refundAmount: '100.50',
      customerId: CUSTOMER,
      paymentId,
      refundId: body.refundId,
      linkReceipt: expect.stringMatching(
        /^https:\/\/receipt\.kaspi\.kz\/ext\?TranId=[0-9a-f-]{36}&sale_date=2026-02-19\+15:00:00\.000000$/,
      ),
      pdfReceipt: `${pdf}&sale_date=2026-02-19+15:00:00.000`,
    });
  });

  it('has its own operation id', async () => {
    const paymentId = await createPurchase();
    const refund = await simulator.running.refund(paymentId, '1');
    const later = await createPurchase();
    const ids = [purchase(paymentId)?.operationId, refund.operationId, purchase(later)?.operationId];
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    ['Dynamic', { type: 'Dynamic', amount: '1500.00' }, '1500.00'],
    ['Static', { type: 'Static' }, '2500.00'],
    ['Custom', { type: 'Custom' }, '100.00'],
  ])('can return a whole %s purchase, and no tiyn more', async (_type, order, whole) => {
    const paymentId = await createPurchase(order);
    expect(await simulator.running.refund(paymentId, whole)).toMatchObject({ status: 'ACCEPTED', amount: whole });
    expect(purchase(paymentId)).toMatchObject({ amount: whole, refundedAmount: whole });
    await expect(simulator.running.refund(paymentId, '0.01')).rejects.toThrow(`more than the 0.00 of ${whole}`);
    expect(participant.received).toHaveLength(1);
  });

  it('can be one of several of the same amount, which are sent in order', async () => {
    const paymentId = await createPurchase();
    const { status, body } = await shop.refund({ paymentId, amount: '500.00', times: 3 });
    expect(status).toBe(201);
    const [items, sent] = [body.items, participant.received.map((request) => JSON.parse(request.body).refundId)];
    expect(items).toMatchObject(Array(3).fill({ status: 'ACCEPTED', amount: '500.00' }));
    expect(sent).toEqual(items.map((item: { refundId: string }) => item.refundId));
    expect(new Set(sent).size).toBe(3);
    expect(new Set(participant.received.map(({ headers }) => headers['x-request-id'])).size).toBe(3);
    expect(purchase(paymentId)?.refundedAmount).toBe('1500.00');
  });

  it('is not started if the order’s refunds together exceed the purchase', async () => {
    const paymentId = await createPurchase();
    await simulator.running.refund(paymentId, '0.01');
    const { status, body } = await shop.refund({ paymentId, amount: '500', times: 3 });
    expect(status).toBe(400);
    expect(body.message).toBe('3 times 500.00 is more than the 1499.99 of 1500.00 that can still be refunded');
    expect(simulator.running.refunds().filter((refund) => refund.paymentId === paymentId)).toHaveLength(1);
  });

  it('that the participant refused returns nothing, and can be ordered again', async () => {
    const paymentId = await createPurchase();
    participant.reactions = [answer('PARAM_ILLEGAL', 400)];
    expect((await shop.refund({ paymentId, amount: '1500' })).body).toMatchObject({
      status: 'REFUSED',
      resultCode: 'PARAM_ILLEGAL',
      answeredAt: expect.any(String),
    });
    expect(purchase(paymentId)?.refundedAmount).toBe('0.00');
    expect((await shop.refund({ paymentId, amount: '1500' })).body.status).toBe('ACCEPTED');
  });

  it.each([
    ['is open', 'OPEN', async (paymentId: string) => paymentId],
    ['was cancelled', 'CLOSED', (paymentId: string) => shop.notify(paymentId, 'CANCELLED_BY_CLIENT')],
    ['was declined', 'CLOSED', (paymentId: string) => shop.notify(paymentId, 'PROCESS_FAIL')],
    ['expired', 'EXPIRED', async () => simulator.clock.pass(5 * 60_000)],
  ])('of a purchase that %s is refused', async (_what, status, happens) => {
    const { qrCode, paymentId } = await shop.newQr();
    await shop.scan(qrCode);
    await happens(paymentId);
    const answered = await shop.refund({ paymentId, amount: '1' });
    expect(answered.status).toBe(400);
    expect(answered.body.message).toBe(`purchase ${paymentId} is ${status}: only a CONFIRMED one can be refunded`);
    expect(participant.received).toEqual([]);
  });

  it.each([
    ['a body that is not a JSON object', '[]', 'JSON object'],
    ['no purchase', { amount: '1' }, 'paymentId'],
    ['an unknown purchase', { paymentId: 'abc', amount: '1' }, 'there is no purchase abc'],
    ['no amount', { paymentId: 'abc' }, 'amount'],
    ['an amount of zero', { paymentId: 'abc', amount: '0.00' }, 'amount'],
    ['a negative amount', { paymentId: 'abc', amount: '-1' }, 'amount'],
    ['an amount with three decimals', { paymentId: 'abc', amount: '1.001' }, 'amount'],
    ['times of zero', { paymentId: 'abc', amount: '1', times: 0 }, 'times'],
    ['times above 50', { paymentId: 'abc', amount: '1', times: 51 }, 'times'],
    ['times that are not a number', { paymentId: 'abc', amount: '1', times: 'twice' }, 'times'],
    ['a list of times', { paymentId: 'abc', amount: '1', times: [1] }, 'times'],
  ])('with %s is refused with the reason', async (_what, order, message) => {
    const { status, body } = await shop.refund(order);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });
});

describe('The refunds of a shop', () => {
  it('are listed newest first, of a purchase and of a customer', async () => {
    const [first, second] = [await createPurchase(), await createPurchase(undefined, SECOND_CUSTOMER)];
    for (const [paymentId, amount] of [
      [first, '1'],
      [second, '2'],
      [first, '3'],
    ] as const) {
      await simulator.running.refund(paymentId, amount);
    }
    const amounts = async (query: string) => (await shop.refunds(query)).map(({ amount }) => amount);
    expect((await amounts('')).slice(0, 3)).toEqual(['3.00', '2.00', '1.00']);
    expect(await amounts(`?paymentId=${first}`)).toEqual(['3.00', '1.00']);
    expect(await amounts(`?customerId=${SECOND_CUSTOMER}`)).toEqual(['2.00']);
    expect(await amounts(`?paymentId=${first}&customerId=${SECOND_CUSTOMER}`)).toEqual([]);
    expect(await shop.refunds()).toEqual(simulator.running.refunds());
    expect(await shop.refunds(`?customerId=${CUSTOMER}`)).toEqual(simulator.running.refunds(CUSTOMER));
  });
});
