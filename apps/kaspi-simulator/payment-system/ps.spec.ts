import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';
import { type RunningSimulator, startSimulator } from '../start.js';
import { CUSTOMER, clientOf, PARTICIPANT_HEADERS, SECOND_CUSTOMER, TestClock } from '../testing/simulator-client.js';

const FIVE_MINUTES_MS = 5 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
const clock = new TestClock(new Date('2026-02-19T10:00:00Z'));
let simulator: RunningSimulator;
const start = async () => {
  const storeFile = join(folder, 'store.jsonl');
  simulator = await startSimulator({ port: 0, storeFile, refundUrl: 'http://127.0.0.1:9/refund', clock });
};
const kaspi = clientOf(() => simulator.url);

beforeAll(start);
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true });
});

describe('scan (4.1)', () => {
  it('answers a Dynamic QR as in the example of the regulation', async () => {
    const { qrCode, paymentId } = await kaspi.newQr({ merchant: { id: '42', name: 'Дүкен', mcc: '5411' } });
    expect(await kaspi.scan(qrCode)).toEqual({
      result: { resultCode: 'SUCCESS', resultMessage: 'success' },
      qrCodeType: 'Dynamic',
      payment: { paymentId, paymentAmount: '1500.00', canConfirmUntil: '2026-02-19T15:05:00+05:00' },
      merchant: { merchantId: '42', merchantName: 'Дүкен', merchantMCC: '5411' },
    });
  });

  it('answers every customer with the same purchase', async () => {
    const { qrCode } = await kaspi.newQr();
    expect(await kaspi.scan(qrCode, SECOND_CUSTOMER)).toEqual(await kaspi.scan(qrCode));
  });

  it('refuses a QR code that no shop made', async () => {
    expect(await kaspi.scan('592000')).toMatchObject({ result: { resultCode: 'INVALID_TOKEN' } });
  });

  it('refuses a QR code from its deadline on', async () => {
    const { qrCode } = await kaspi.newQr({ lifetimeSeconds: 30 });
    clock.pass(29_999);
    expect(await kaspi.scan(qrCode)).toMatchObject({ result: { resultCode: 'SUCCESS' } });
    clock.pass(1);
    expect(await kaspi.scan(qrCode)).toEqual({
      result: { resultCode: 'EXPIRED_CODE', resultMessage: 'Срок действия QR-кода истёк' },
    });
  });

  it.each([
    ['invalid JSON', '{"qrCode":'],
    ['an empty body', ''],
    ['a list', []],
    ['no qrCode', { customerId: CUSTOMER }],
    ['an empty qrCode', { qrCode: '', customerId: CUSTOMER }],
    ['a qrCode of 129 characters', { qrCode: '5'.repeat(129), customerId: CUSTOMER }],
    ['no customerId', { qrCode: DEMO_QR_CODE }],
    ['a customerId of 13 characters', { qrCode: DEMO_QR_CODE, customerId: '9'.repeat(13) }],
    ['a body of two megabytes', 'x'.repeat(2 << 20)],
  ])('answers PARAM_ILLEGAL to %s', async (_what, body) => {
    expect(await kaspi.resultOf(SCAN_PATH, body)).toMatchObject({ resultCode: 'PARAM_ILLEGAL' });
  });
});

describe('The headers (1.7)', () => {
  it.each([
    ['no X-Caller-Name', { 'x-caller-name': '' }, 'UNKNOWN_SOURCE'],
    ['an X-Caller-Name of 13 characters', { 'x-caller-name': 'M'.repeat(13) }, 'UNKNOWN_SOURCE'],
    ['no X-Request-ID', { 'x-request-id': '' }, 'PARAM_ILLEGAL'],
    ['an X-Request-ID of 65 characters', { 'x-request-id': 'r'.repeat(65) }, 'PARAM_ILLEGAL'],
    ['no X-Locale', { 'x-locale': '' }, 'PARAM_ILLEGAL'],
    ['another X-Locale', { 'x-locale': 'en-US' }, 'PARAM_ILLEGAL'],
  ])('with %s are refused by all methods', async (_what, changed: Record<string, string>, resultCode) => {
    const given = Object.entries({ ...PARTICIPANT_HEADERS, ...changed });
    const headers = Object.fromEntries(given.filter(([, value]) => value !== ''));
    expect(await kaspi.resultOf(SCAN_PATH, { qrCode: DEMO_QR_CODE, customerId: CUSTOMER }, headers)).toMatchObject({
      resultCode,
    });
    expect(await kaspi.resultOf(CHECKOUT_PATH, kaspi.form('abc'), headers)).toMatchObject({ resultCode });
    expect(await kaspi.resultOf(NOTIFY_PATH, kaspi.notice('abc'), headers)).toMatchObject({ resultCode });
  });

  it('determine the language of a refusal', async () => {
    const headers = { ...PARTICIPANT_HEADERS, 'x-locale': 'kk-KZ' };
    expect(await kaspi.resultOf(NOTIFY_PATH, kaspi.notice('abc'), headers)).toEqual({
      resultCode: 'ORDER_NOT_EXIST',
      resultMessage: 'Транзакция табылмады',
    });
  });
});

describe('notifyPayment (4.3)', () => {
  const purchase = async (paymentId: string) => (await kaspi.purchases()).find((item) => item.paymentId === paymentId);

  const scanned = async (...customers: string[]) => {
    const { qrCode, paymentId } = await kaspi.newQr();
    for (const customer of customers) await kaspi.scan(qrCode, customer);
    return paymentId;
  };

  it('answers a SUCCESS with the links to the receipt', async () => {
    const answer = await kaspi.notify(await scanned(CUSTOMER));
    expect(answer.result).toEqual({ resultCode: 'SUCCESS', resultMessage: 'success' });
    expect(answer.linkReceipt).toMatch(
      /^https:\/\/receipt-test\.kaspi\.kz\/web\?extTranId=QR\d+&sale_date=\d{4}-\d\d-\d\d\+\d\d:\d\d:\d\d\.\d{3}$/,
    );
    expect(answer.pdfReceipt).toContain('/external/receipt/download/pdf?extTranId=QR');
  });

  it('answers a repeat with the same bytes, also after the deadline and after a restart', async () => {
    const paymentId = await scanned(CUSTOMER);
    const first = await kaspi.notifyText(paymentId);
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.notifyText(paymentId)).toBe(first);
    await simulator.stop();
    await start();
    expect(await kaspi.notifyText(paymentId)).toBe(first);
  });

  it('answers fifty simultaneous repeats with the same receipt', async () => {
    const paymentId = await scanned(CUSTOMER);
    const answers = await Promise.all(Array.from({ length: 50 }, () => kaspi.notifyText(paymentId)));
    expect(new Set(answers).size).toBe(1);
  });

  it('answers a second customer with SUCCESS too, and keeps the first one (R33)', async () => {
    const paymentId = await scanned(CUSTOMER, SECOND_CUSTOMER);
    const first = await kaspi.notifyText(paymentId);
    expect(await kaspi.notifyText(paymentId, 'SUCCESS', SECOND_CUSTOMER)).toBe(first);
    expect((await kaspi.purchases()).find((item) => item.paymentId === paymentId)).toMatchObject({
      status: 'CONFIRMED',
      customerId: CUSTOMER,
      mppPaymentId: `mpp-${CUSTOMER}`,
    });
  });

  it.each(['CANCELLED_BY_CLIENT', 'PROCESS_FAIL', 'RISK_REJECT'])(
    'closes the purchase on %s, without a receipt',
    async (result) => {
      const paymentId = await scanned(CUSTOMER);
      const answer = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };
      expect(await kaspi.notify(paymentId, result)).toEqual(answer);
      expect(await kaspi.notify(paymentId, result)).toEqual(answer);
      expect(await kaspi.notify(paymentId)).toEqual(answer);
      expect(await purchase(paymentId)).toMatchObject({ status: 'CLOSED', result });
    },
  );

  it('answers the cancel of a confirmed purchase with its first answer: the purchase stays confirmed (R38)', async () => {
    const paymentId = await scanned(CUSTOMER);
    const answer = await kaspi.notify(paymentId);
    expect(await kaspi.notify(paymentId, 'CANCELLED_BY_CLIENT')).toEqual(answer);
    expect(await purchase(paymentId)).toMatchObject({ status: 'CONFIRMED', result: 'SUCCESS' });
  });

  it('refuses a SUCCESS after the deadline', async () => {
    const paymentId = await scanned(CUSTOMER);
    clock.pass(FIVE_MINUTES_MS);
    expect(await kaspi.notify(paymentId)).toMatchObject({ result: { resultCode: 'PAYMENT_INCORRECT_STATUS' } });
  });

  it('refuses a customer who never scanned the purchase', async () => {
    expect(await kaspi.notify(await scanned(CUSTOMER), 'SUCCESS', SECOND_CUSTOMER)).toMatchObject({
      result: { resultCode: 'UNKNOWN_CUSTOMER' },
    });
  });

  it.each(['1500.00', '1500', 1500, undefined])('accepts the amount %j for a purchase of 1500.00', async (amount) => {
    expect(await kaspi.notify(await scanned(CUSTOMER), 'SUCCESS', CUSTOMER, amount)).toMatchObject({
      result: { resultCode: 'SUCCESS' },
    });
  });

  it.each(['1500.01', '1,500', '1e3', -1500, '', true])('answers PARAM_ILLEGAL to the amount %j', async (amount) => {
    expect(await kaspi.notify(await scanned(CUSTOMER), 'SUCCESS', CUSTOMER, amount)).toMatchObject({
      result: { resultCode: 'PARAM_ILLEGAL' },
    });
  });

  const notice = kaspi.notice('abc');
  it.each([
    ['invalid JSON', 'SUCCESS'],
    ['no result', { ...notice, result: undefined }],
    ['a result that only the PS sends', { ...notice, result: { resultCode: 'ORDER_NOT_EXIST', resultMessage: 'any' } }],
    ['no resultMessage', { ...notice, result: { resultCode: 'SUCCESS' } }],
    [
      'a resultMessage of 257 characters',
      { ...notice, result: { resultCode: 'SUCCESS', resultMessage: 'м'.repeat(257) } },
    ],
    ['no payment', { ...notice, payment: undefined }],
    ['no mppPaymentId', { ...notice, payment: { paymentId: 'abc' } }],
    ['a paymentId of 65 characters', kaspi.notice('a'.repeat(65))],
    ['an mppPaymentId of 65 characters', { ...notice, payment: { paymentId: 'abc', mppPaymentId: 'm'.repeat(65) } }],
    ['no customerId', { ...notice, customerId: undefined }],
  ])('answers PARAM_ILLEGAL to %s', async (_what, body) => {
    expect(await kaspi.resultOf(NOTIFY_PATH, body)).toMatchObject({ resultCode: 'PARAM_ILLEGAL' });
  });
});

describe('The demo QR code', () => {
  const demoPaymentId = async (customer: string) => {
    const { payment, merchant } = await kaspi.scan(DEMO_QR_CODE, customer);
    expect(merchant?.merchantName).toBe('Coffee Bar');
    expect(payment?.paymentAmount).toBe('100.00');
    return payment?.paymentId ?? '';
  };

  it('gives a customer the same purchase while it can be confirmed, and another customer another purchase', async () => {
    const first = await demoPaymentId('demo-1');
    expect(await demoPaymentId('demo-1')).toBe(first);
    expect(await demoPaymentId('demo-2')).not.toBe(first);
  });

  it.each(['SUCCESS', 'CANCELLED_BY_CLIENT'])('starts a new purchase after %s', async (result) => {
    const first = await demoPaymentId('demo-3');
    await kaspi.notify(first, result, 'demo-3');
    expect(await demoPaymentId('demo-3')).not.toBe(first);
  });

  it('starts a new purchase after the deadline of the previous one', async () => {
    const first = await demoPaymentId('demo-4');
    clock.pass(FIVE_MINUTES_MS);
    expect(await demoPaymentId('demo-4')).not.toBe(first);
  });

  it('keeps the open purchase of a customer over a restart', async () => {
    const first = await demoPaymentId('demo-5');
    await simulator.stop();
    await start();
    expect(await demoPaymentId('demo-5')).toBe(first);
  });
});
