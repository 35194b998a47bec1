import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type CustomerId, type KaspiPaymentId, Money, type PaymentId } from '@mpp/kernel';
import { newPayment } from '../../libs/qr-payments/domain/scan.js';
import { notifyPayload } from '../../libs/qr-payments/notify/payload.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const example = (name: string) =>
  readFileSync(path.join(import.meta.dirname, 'fixtures/regulation', `${name}.json`), 'utf8');
const parsed = (name: string) => JSON.parse(example(name));

const CUSTOMER = '9009*****';
const QR = '592xxxxxxxxxxxxxxxxxxxxxxxxxxxx6574344';

/** The regulation's own examples, their stray punctuation repaired, through the whole server. */
describe('the examples of the regulation', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  const answers = new Map<string, string>();

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(({ path: asked }) => ({ text: answers.get(asked.split('/').at(-1) ?? '') ?? '' }));
    const clock = new TestClock(new Date('2024-02-19T09:50:00Z'));
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url }, clock);
    await server.mpp.open(CUSTOMER, '1000.00');
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.arrived.length = 0;
    answers.set('scan', example('4.1-scan-dynamic.answer'));
    answers.set('notifyPayment', example('4.3-notify-payment.answer'));
  });

  /** The scan's answer with another paymentId, so that each test has a purchase of its own. */
  const scanAnswer = (paymentId: string, change: (text: string) => string = (text) => text) =>
    answers.set('scan', change(example('4.1-scan-dynamic.answer').replace('abc1234567890', paymentId)));

  it('4.1 scan (Dynamic) and 4.3 notifyPayment: every field and value, asked and answered', async () => {
    const customer = await server.mpp.as(CUSTOMER);
    const scanned = await customer.scan(QR);
    expect(JSON.parse(kaspi.of('scan')[0]?.body ?? '')).toEqual(parsed('4.1-scan-dynamic.request'));
    expect(scanned.body).toMatchObject({
      qrCodeType: 'Dynamic',
      payment: {
        status: 'AWAITING_CONFIRMATION',
        amount: '100.00',
        confirmUntil: '2024-02-19T09:57:41.000Z',
        merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
      },
    });

    const confirmed = await customer.confirm(scanned.body.payment.id);
    const { linkReceipt, pdfReceipt } = parsed('4.3-notify-payment.answer');
    expect(confirmed.body).toMatchObject({
      status: 'CONFIRMED',
      kaspiOperationId: 'QR2509507857',
      receipt: { linkReceipt, pdfReceipt },
    });

    // Dynamic: the amount is left out (R4), and mppPaymentId is ours.
    const { payment, ...rest } = parsed('4.3-notify-payment.request');
    expect(JSON.parse(kaspi.of('notifyPayment')[0]?.body ?? '')).toEqual({
      ...rest,
      payment: { paymentId: payment.paymentId, mppPaymentId: scanned.body.payment.id },
    });
  });

  it.each(['custom', 'refund'])(
    '4.1 scan (%s) is understood, and refused: this server does not pay it yet',
    async (type) => {
      answers.set('scan', example(`4.1-scan-${type}.answer`));
      const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(`https://kaspi.kz/pay/${type}`);
      expect({ status, body }).toMatchObject({ status: 422, body: { code: 'QR_UNKNOWN' } });
      expect(kaspi.of('scan')).toHaveLength(1);
    },
  );

  it('4.3 with an amount, as it goes out for a Static QR, to the byte (R2, R4)', () => {
    const purchase = {
      kaspiPaymentId: 'abc1234567890' as KaspiPaymentId,
      amount: Money.parse('100'),
      confirmUntil: null,
      merchant: null,
    };
    const scanned = newPayment('abcd12333' as PaymentId, CUSTOMER as CustomerId, purchase, new Date());
    const debited = { ...scanned, qrCodeType: 'Static', notifyResult: 'SUCCESS' } as const;
    const expected = JSON.stringify(parsed('4.3-notify-payment.request'));
    expect(notifyPayload(debited, 'ru', 'decimal').body).toBe(expected);
    expect(notifyPayload(debited, 'ru', 'integer').body).toBe(expected.replace('"100.00"', '"100"'));
  });

  it.each([
    ['an offset of hours alone (R5)', 'p-offset', (text: string) => text.replace('+06:00', '+06'), {}],
    ['no offset: Almaty, +06 on that day (R5)', 'p-none', (text: string) => text.replace('+06:00', ''), {}],
    ['the amount as a number (R1)', 'p-number', (text: string) => text.replace('"100.00"', '100'), {}],
    [
      'the amount as a number with one decimal (R1)',
      'p-decimal',
      (text: string) => text.replace('"100.00"', '100.5'),
      { amount: '100.50' },
    ],
    [
      'unknown fields at every level (R7)',
      'p-unknown',
      (text: string) => text.replaceAll('{ "', '{ "new": [{ "x": null }], "'),
      {},
    ],
    [
      'keys in another case and with blanks (R6)',
      'p-keys',
      (text: string) => text.replace('"paymentId"', '"PaymentId "'),
      {},
    ],
    [
      'no merchant (R8)',
      'p-merchant',
      (text: string) => text.replace(/,\s*"merchant": \{[^}]*\}/, ''),
      { merchant: null },
    ],
    [
      'no deadline (R8)',
      'p-deadline',
      (text: string) => text.replace(/, "canConfirmUntil": "[^"]*"/, ''),
      { confirmUntil: null },
    ],
  ])('4.1 is read with %s', async (_, paymentId, change, expected) => {
    scanAnswer(paymentId, change);
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(QR);
    expect(status).toBe(201);
    expect(body.payment).toMatchObject({
      amount: '100.00',
      confirmUntil: '2024-02-19T09:57:41.000Z',
      merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
      ...expected,
    });
  });

  it.each([
    ['1e2', (text: string) => text.replace('"100.00"', '"1e2"')],
    ['-1', (text: string) => text.replace('"100.00"', '-1')],
    ['1 000', (text: string) => text.replace('"100.00"', '"1 000"')],
    ['100,00', (text: string) => text.replace('"100.00"', '"100,00"')],
    ['100.001', (text: string) => text.replace('"100.00"', '100.001')],
    ['zero', (text: string) => text.replace('"100.00"', '"0.00"')],
    ['no amount', (text: string) => text.replace('"paymentAmount": "100.00", ', '')],
    ['a deadline that is no date', (text: string) => text.replace('2024-02-19T15:57:41+06:00', 'soon')],
  ])('4.1 with %s is not taken for an answer: nobody could be debited by it', async (what, change) => {
    scanAnswer(`bad ${what}`, change);
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(QR);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(await database.query('select 1 from qr_payments where kaspi_payment_id = $1', [`bad ${what}`])).toEqual([]);
  });
});
