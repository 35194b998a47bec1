import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const FIVE_MINUTES_MS = 5 * 60_000;

const simulator = new TestSimulator();
const { client: kaspi, clock } = simulator;
const refusedWith = (resultCode: string) => ({ result: { resultCode } });
const success = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };

beforeAll(() => simulator.start());
afterAll(() => simulator.end());

describe('A Static QR', () => {
  const newStatic = (order: object = {}) => kaspi.newQr({ type: 'Static', ...order });
  const scanned = async (qrCode: string, customer = CUSTOMER) =>
    (await kaspi.scan(qrCode, customer)).payment?.paymentId ?? '';
  const purchase = (paymentId: string) => simulator.running.purchases().find((item) => item.paymentId === paymentId);

  it('is answered with a purchase, a deadline and a merchant, and without an amount (4.1)', async () => {
    const { qrCode } = await newStatic({ merchant: { id: '42', name: 'Дүкен', mcc: '5411' } });
    expect(await kaspi.scan(qrCode)).toEqual({
      ...success,
      qrCodeType: 'Static',
      payment: { paymentId: expect.any(String), canConfirmUntil: '2026-02-19T15:05:00+05:00' },
      merchant: { merchantId: '42', merchantName: 'Дүкен', merchantMCC: '5411' },
    });
  });

  it('gives a customer their open purchase, and another customer another purchase', async () => {
    const { qrCode } = await newStatic();
    const first = await scanned(qrCode);
    expect(await scanned(qrCode)).toBe(first);
    expect(await scanned(qrCode, SECOND_CUSTOMER)).not.toBe(first);
    const { qrCode: another } = await newStatic();
    expect(await scanned(another)).not.toBe(first);
  });

  it.each(['SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL', 'RISK_REJECT'])(
    'gives a customer a new purchase after %s',
    async (result) => {
      const { qrCode } = await newStatic();
      const first = await scanned(qrCode);
      expect(await kaspi.notify(first, result, CUSTOMER, '2500.00')).toMatchObject(success);
      expect(await scanned(qrCode)).not.toBe(first);
    },
  );

  it('never expires: after the deadline of a purchase it gives a new one with a new deadline', async () => {
    const { qrCode } = await newStatic({ lifetimeSeconds: 60 });
    const first = await scanned(qrCode);
    clock.pass(60_000);
    expect(await kaspi.notify(first, 'SUCCESS', CUSTOMER, '1')).toMatchObject(refusedWith('PAYMENT_INCORRECT_STATUS'));
    const second = await scanned(qrCode);
    expect(second).not.toBe(first);
    expect(await kaspi.notify(second, 'SUCCESS', CUSTOMER, '1')).toMatchObject(success);
  });

  it('and the open purchase of a customer are kept over a restart', async () => {
    const { qrCode } = await newStatic();
    const first = await scanned(qrCode);
    await simulator.restart();
    expect(await scanned(qrCode)).toBe(first);
    expect(await kaspi.scan(qrCode, 'other')).toMatchObject({ qrCodeType: 'Static' });
  });

  it('is paid with the amount of the first SUCCESS, and a repeat must have the same amount, also after a restart', async () => {
    const { qrCode } = await newStatic();
    const paymentId = await scanned(qrCode);
    expect(purchase(paymentId)).toMatchObject({ type: 'Static', amount: null, status: 'OPEN' });
    const first = await kaspi.notifyText(paymentId, 'SUCCESS', CUSTOMER, '2500.00');
    expect(JSON.parse(first)).toMatchObject({ ...success, linkReceipt: expect.stringContaining('extTranId=QR') });
    await simulator.restart();
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.notifyText(paymentId, 'SUCCESS', CUSTOMER, '2500')).toBe(first);
    expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, '2501')).toMatchObject(refusedWith('PARAM_ILLEGAL'));
    expect(purchase(paymentId)).toMatchObject({ amount: '2500.00', status: 'CONFIRMED', customerId: CUSTOMER });
  });

  it.each([undefined, '0', '150.50', '-1', ''])('is not paid with the amount %j', async (amount) => {
    const paymentId = await scanned((await newStatic()).qrCode);
    expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, amount)).toMatchObject(refusedWith('PARAM_ILLEGAL'));
    expect(purchase(paymentId)).toMatchObject({ amount: null, status: 'OPEN' });
  });

  it('cannot be paid by a customer who did not scan it', async () => {
    const { qrCode } = await newStatic();
    const paymentId = await scanned(qrCode);
    await scanned(qrCode, SECOND_CUSTOMER);
    expect(await kaspi.notify(paymentId, 'SUCCESS', SECOND_CUSTOMER, '1')).toMatchObject(
      refusedWith('UNKNOWN_CUSTOMER'),
    );
  });

  it('that was cancelled has no amount, and a later SUCCESS does not pay it (R38)', async () => {
    const paymentId = await scanned((await newStatic()).qrCode);
    await kaspi.notify(paymentId, 'CANCELLED_BY_CLIENT', CUSTOMER, '10.00');
    expect(purchase(paymentId)).toMatchObject({ amount: null, status: 'CLOSED' });
    expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, '10.00')).toEqual(success);
    expect(purchase(paymentId)).toMatchObject({ amount: null, status: 'CLOSED' });
  });
});

describe('A Refund QR', () => {
  it('is answered with only its refundId, the same for every customer and after a restart (4.1)', async () => {
    const { body } = await kaspi.order({ type: 'Refund' });
    const { qrCode = '', refundId } = body;
    const answer = { ...success, qrCodeType: 'Refund', refund: { refundId } };
    expect(refundId).toMatch(/^QR\d+$/);
    expect(await kaspi.scan(qrCode)).toEqual(answer);
    await simulator.restart();
    expect(await kaspi.scan(qrCode)).toEqual(answer);
    expect(await kaspi.scan(qrCode, SECOND_CUSTOMER)).toEqual(answer);
  });

  it('does not start a purchase', async () => {
    const before = simulator.running.purchases().length;
    await kaspi.scan((await kaspi.newQr({ type: 'Refund' })).qrCode);
    expect(simulator.running.purchases()).toHaveLength(before);
  });
});
