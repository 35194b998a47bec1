import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKOUT_PATH } from '@mpp/kaspi/wire';
import { CUSTOMER, FILLED_IN, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const FIVE_MINUTES_MS = 5 * 60_000;

const simulator = new TestSimulator();
const { client: kaspi, clock } = simulator;
const refusedWith = (resultCode: string) => ({ result: { resultCode } });
const success = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };
const [plate, zone, city] = FILLED_IN;

beforeAll(() => simulator.start());
afterAll(() => simulator.end());

const newCustom = (order: object = {}) => kaspi.newQr({ type: 'Custom', ...order });
const idOf = async (qrCode: string, customer = CUSTOMER) =>
  (await kaspi.scan(qrCode, customer)).payment?.paymentId ?? '';
const scanned = async (order: object = {}) => idOf((await newCustom(order)).qrCode);
const checkedOut = async (order: object = {}) => {
  const paymentId = await scanned(order);
  expect(await kaspi.checkout(paymentId)).toMatchObject(success);
  return paymentId;
};
const purchase = (paymentId: string) => simulator.running.purchases().find((item) => item.paymentId === paymentId);

describe('scan of a Custom QR (4.1)', () => {
  it('answers as in the example of the regulation: a form, without deadline and merchant (R8)', async () => {
    const service = { serviceId: 5, serviceName: 'Парковка', parameters: [{ id: 8, name: 'Госномер' }] };
    const { qrCode } = await newCustom({ service });
    expect(await kaspi.scan(qrCode)).toEqual({
      ...success,
      qrCodeType: 'Custom',
      payment: { paymentId: expect.any(String) },
      paymentData: { ...service, parameters: [{ id: 8, name: 'Госномер', value: '' }] },
    });
  });

  it('answers with the car park’s form (a text, a list and a prefilled value) if the shop chose no service', async () => {
    const { paymentData } = await kaspi.scan((await newCustom()).qrCode);
    expect(paymentData).toMatchObject({ serviceId: 2862, serviceName: 'Парковка' });
    expect(paymentData?.parameters).toMatchObject([
      { id: 3932, name: 'Госномер', value: '' },
      { id: 3933, name: 'Зона', options: [{ key: 'A', description: expect.any(String) }, { key: 'B' }] },
      { id: 3934, name: 'Город', value: 'Алматы' },
    ]);
  });

  it('answers with the customer’s open purchase, before and after checkout', async () => {
    const { qrCode } = await newCustom();
    const before = await kaspi.scan(qrCode);
    const paymentId = await idOf(qrCode);
    clock.pass(10 * FIVE_MINUTES_MS);
    expect(await kaspi.scan(qrCode)).toEqual(before);
    await kaspi.checkout(paymentId);
    expect(await kaspi.scan(qrCode)).toEqual(before);
    expect(await idOf(qrCode, SECOND_CUSTOMER)).not.toBe(paymentId);
  });

  it('answers with a new purchase after the previous one expired or was cancelled', async () => {
    const { qrCode } = await newCustom();
    const first = await idOf(qrCode);
    await kaspi.checkout(first);
    clock.pass(FIVE_MINUTES_MS);
    const second = await idOf(qrCode);
    expect(second).not.toBe(first);
    await kaspi.notify(second, 'CANCELLED_BY_CLIENT');
    expect(await idOf(qrCode)).not.toBe(second);
  });
});

describe('checkout (4.2)', () => {
  it('answers as in the example of the regulation, with the amount as a number', async () => {
    const start = Date.parse('2026-02-20T10:00:00Z');
    clock.pass(start - clock.now().getTime());
    expect(await kaspi.checkout(await scanned())).toEqual({
      ...success,
      paymentAmount: 100,
      canConfirmUntil: '2026-02-20T15:05:00+05:00',
      merchant: { merchantId: '2862', merchantName: 'Парковка Test', merchantMCC: '5732' },
    });
  });

  it('answers an amount with tiyn as a string', async () => {
    const paymentId = await scanned({ amount: '100.50' });
    expect(await kaspi.checkout(paymentId)).toMatchObject({ paymentAmount: '100.50' });
  });

  it('sets the deadline from the checkout, with the lifetime that the shop chose', async () => {
    const paymentId = await scanned({ lifetimeSeconds: 30 });
    clock.pass(FIVE_MINUTES_MS);
    await kaspi.checkout(paymentId);
    clock.pass(29_999);
    expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, '100')).toMatchObject(success);
  });

  it('stores the values of the form and lists them for the shop', async () => {
    const paymentId = await scanned();
    expect(purchase(paymentId)).toMatchObject({ type: 'Custom', amount: null, parameters: null });
    await kaspi.checkout(paymentId);
    expect(purchase(paymentId)).toMatchObject({ amount: '100.00', parameters: FILLED_IN });
  });

  it('answers a repeat with the same bytes, also with other values and after a restart (R37)', async () => {
    const paymentId = await scanned();
    const first = await kaspi.checkoutText(paymentId);
    clock.pass(60_000);
    expect(await kaspi.checkoutText(paymentId)).toBe(first);
    await simulator.restart();
    const other = [{ id: 3932, value: '777AAA01' }, zone, city];
    expect(await kaspi.checkoutText(paymentId, { parameters: other })).toBe(first);
    expect(await kaspi.checkoutText(paymentId, { serviceId: 1, parameters: [] })).toBe(first);
    expect(purchase(paymentId)?.parameters).toEqual(FILLED_IN);
  });

  it('answers EXPIRED_CODE from the deadline on', async () => {
    const paymentId = await checkedOut();
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.checkout(paymentId)).toMatchObject(refusedWith('EXPIRED_CODE'));
  });

  it('reads the misprints of the regulation’s table', async () => {
    const PaymentId = await scanned();
    const parameters = FILLED_IN.map(({ id, value }) => ({ Id: id, value }));
    expect(await kaspi.resultOf(CHECKOUT_PATH, { PaymentId, serviceld: 2862, parameters })).toEqual(success.result);
  });

  it('accepts a value of 64 characters that are two bytes each', async () => {
    const value = 'Қ'.repeat(64);
    const paymentId = await scanned();
    expect(await kaspi.checkout(paymentId, { parameters: [{ id: 3932, value }, zone, city] })).toMatchObject(success);
  });

  it.each([
    ['another service', { serviceId: 1 }],
    ['no service', { serviceId: undefined }],
    ['a serviceId that is not a number', { serviceId: 'Парковка' }],
    ['no parameters', { parameters: undefined }],
    ['parameters that are not a list', { parameters: { id: 1 } }],
    ['a parameter that is not an object', { parameters: [plate, zone, 'x'] }],
    ['a missing parameter', { parameters: [plate, zone] }],
    ['an unknown parameter', { parameters: [plate, zone, { id: 1, value: 'x' }] }],
    ['a parameter twice', { parameters: [plate, plate, city] }],
    ['an empty value', { parameters: [{ id: 3932, value: '' }, zone, city] }],
    ['a value of 65 characters', { parameters: [{ id: 3932, value: 'Қ'.repeat(65) }, zone, city] }],
    ['a value that is not an option', { parameters: [plate, { id: 3933, value: 'C' }, city] }],
    ['a changed prefilled value', { parameters: [plate, zone, { id: 3934, value: 'Астана' }] }],
    ['another paymentId', { paymentId: 'abc' }],
    ['no paymentId', { paymentId: undefined }],
    ['a paymentId of 65 characters', { paymentId: 'a'.repeat(65) }],
  ])('answers PARAM_ILLEGAL to %s, and accepts a valid form afterwards', async (_what, change) => {
    const paymentId = await scanned();
    expect(await kaspi.checkout(paymentId, change)).toMatchObject(refusedWith('PARAM_ILLEGAL'));
    expect(purchase(paymentId)).toMatchObject({ amount: null, parameters: null });
    expect(await kaspi.checkout(paymentId)).toMatchObject(success);
  });

  it('answers PARAM_ILLEGAL for a Dynamic purchase and for invalid JSON', async () => {
    const { paymentId } = await kaspi.newQr();
    expect(await kaspi.checkout(paymentId)).toMatchObject(refusedWith('PARAM_ILLEGAL'));
    expect(await kaspi.resultOf(CHECKOUT_PATH, 'invalid JSON')).toMatchObject({ resultCode: 'PARAM_ILLEGAL' });
  });
});

describe('notifyPayment of a Custom purchase (4.3)', () => {
  it('refuses a SUCCESS before the checkout', async () => {
    const paymentId = await scanned();
    for (const amount of [undefined, '100.00']) {
      expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, amount)).toMatchObject(
        refusedWith('PAYMENT_INCORRECT_STATUS'),
      );
    }
  });

  it('confirms with the price of the checkout, and answers a repeat with the same bytes', async () => {
    const paymentId = await checkedOut();
    const first = await kaspi.notifyText(paymentId, 'SUCCESS', CUSTOMER, '100.00');
    expect(JSON.parse(first)).toMatchObject({ ...success, pdfReceipt: expect.any(String) });
    await simulator.restart();
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.notifyText(paymentId, 'SUCCESS', CUSTOMER, '100')).toBe(first);
    expect(purchase(paymentId)).toMatchObject({ status: 'CONFIRMED', amount: '100.00', parameters: FILLED_IN });
  });

  it.each([undefined, '101.00', '100.50', '0'])('refuses a SUCCESS with the amount %j', async (amount) => {
    const answer = await kaspi.notify(await checkedOut(), 'SUCCESS', CUSTOMER, amount);
    expect(answer).toMatchObject(refusedWith('PARAM_ILLEGAL'));
  });

  it('refuses a SUCCESS from the deadline on, and of another customer', async () => {
    const paymentId = await checkedOut();
    expect(await kaspi.notify(paymentId, 'SUCCESS', SECOND_CUSTOMER, '100')).toMatchObject(
      refusedWith('UNKNOWN_CUSTOMER'),
    );
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, '100')).toMatchObject(
      refusedWith('PAYMENT_INCORRECT_STATUS'),
    );
  });

  it.each([
    ['CANCELLED_BY_CLIENT', undefined],
    ['CANCELLED_BY_CLIENT', '7.00'],
    ['PROCESS_FAIL', undefined],
    ['RISK_REJECT', undefined],
  ])(
    'closes the purchase with %s and the amount %j, before and after the checkout: a later SUCCESS gets the same answer',
    async (result, amount) => {
      for (const paymentId of [await scanned(), await checkedOut()]) {
        expect(await kaspi.notify(paymentId, result, CUSTOMER, amount)).toEqual(success);
        expect(await kaspi.notify(paymentId, 'SUCCESS', CUSTOMER, '100')).toEqual(success);
      }
    },
  );
});
