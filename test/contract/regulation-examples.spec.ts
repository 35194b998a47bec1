import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { CUSTOMER, example, parsed } from './regulation-files.js';

const QR = '592xxxxxxxxxxxxxxxxxxxxxxxxxxxx6574344';

/** The regulation's own examples, their stray punctuation repaired, through the whole server. */
describe('the examples of the regulation', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  const answers = new Map<string, string>();

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(({ path }) => ({ text: answers.get(path.split('/').at(-1) ?? '') ?? '' }));
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
    answers.set('checkout', example('4.2-checkout.answer'));
    answers.set('notifyPayment', example('4.3-notify-payment.answer'));
  });

  /** The scan's answer with another paymentId, so that each test has a purchase of its own. */
  const scanAnswer = (paymentId: string, change: (text: string) => string = (text) => text) =>
    answers.set('scan', change(example('4.1-scan-dynamic.answer').replace('abc1234567890', paymentId)));

  it('4.1 scan (Dynamic) and 4.3 notifyPayment: every field and value of requests and answers', async () => {
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

  it('4.4 refund of that purchase, keys with blanks included: answered as in the example, credited, with unchanged links', async () => {
    const customer = await server.mpp.as(CUSTOMER);
    const before = Number(await customer.balance());
    const ps = new PsRefunds(`${server.kaspiUrl}/refund`);
    const reply = await ps.send(example('4.4-refund.request'));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, parsed('4.4-refund.answer')]);
    await until(
      'the money',
      () => customer.balance(),
      (balance) => Number(balance) === before + 100,
    );
    const token = await server.mpp.customerToken(CUSTOMER);
    const { linkReceipt, pdfReceipt } = parsed('4.4-refund.request');
    const refund = await server.mpp.call('GET', '/v1/refunds/Ref1234567', { token });
    expect(refund.body).toMatchObject({ amount: '100.00', status: 'CREDITED', receipt: { linkReceipt, pdfReceipt } });
    expect((await ps.send(example('4.4-refund.request'))).text).toBe(reply.text);
  });

  it('4.1 scan (Custom): a form to fill in, no merchant, no deadline, and no price yet (R8)', async () => {
    answers.set('scan', example('4.1-scan-custom.answer'));
    const request = parsed('4.1-scan-custom.request');
    const scanned = await (await server.mpp.as(CUSTOMER)).scan(request.qrCode);
    expect(kaspi.of('scan').map(({ body }) => JSON.parse(body))).toEqual([request]);
    const now = '2024-02-19T09:50:00.000Z';
    expect(scanned).toMatchObject({ status: 201 });
    expect(scanned.body).toEqual({
      qrCodeType: 'Custom',
      payment: {
        id: expect.any(String),
        qrCodeType: 'Custom',
        status: 'AWAITING_CHECKOUT',
        amount: null,
        currency: 'KZT',
        refundedAmount: '0.00',
        accountId: null,
        confirmUntil: null,
        // Our own limit: the PS has named none yet.
        expiresAt: '2024-02-19T10:05:00.000Z',
        serverTime: now,
        confirmedAt: null,
        kaspiOperationId: null,
        merchant: null,
        service: { id: 2862, name: 'Парковка', parameters: [{ id: 3932, name: 'Госномер', value: null, options: [] }] },
        failure: null,
        receipt: null,
        createdAt: now,
        updatedAt: now,
      },
    });
  });

  it('4.1 scan (Refund): the refund’s id for the customer, a row in the audit trail, and no payment', async () => {
    answers.set('scan', example('4.1-scan-refund.answer'));
    const request = parsed('4.1-scan-refund.request');
    const payments = () => database.query('select id from qr_payments order by id');
    const before = await payments();
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(request.qrCode);
    expect({ status, body }).toEqual({
      status: 201,
      body: { qrCodeType: 'Refund', refund: { refundId: 'QR150895463' } },
    });
    const [sent, ...more] = kaspi.of('scan');
    expect([JSON.parse(sent?.body ?? ''), more]).toEqual([request, []]);
    expect(await payments()).toEqual(before);
    const requestId = sent?.headers['x-request-id'];
    expect(await database.query('select action, subject, customer_id, details from access_audit')).toEqual([
      { action: 'REFUND_QR_SCANNED', subject: 'QR150895463', customer_id: CUSTOMER, details: { requestId } },
    ]);
    expect(await database.query('select * from kaspi_calls where request_id = $1', [requestId])).toMatchObject([
      { outcome: 'ANSWERED', result_code: 'SUCCESS', payment_id: null },
    ]);
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
  ])('4.1 with %s is not accepted as an answer, so no customer is debited', async (what, change) => {
    scanAnswer(`bad ${what}`, change);
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(QR);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(await database.query('select 1 from qr_payments where kaspi_payment_id = $1', [`bad ${what}`])).toEqual([]);
  });
});
