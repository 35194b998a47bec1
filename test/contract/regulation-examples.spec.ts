import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

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
    answers.set('checkout', example('4.2-checkout.answer'));
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

  it('4.4 refund of that purchase, keys with blanks included: answered to the letter, credited, its links as they came', async () => {
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

  it('4.1 scan (Refund): the refund’s id for the customer, a line in the audit, and no payment', async () => {
    answers.set('scan', example('4.1-scan-refund.answer'));
    const request = parsed('4.1-scan-refund.request');
    const payments = () => database.query('select id from qr_payments order by id');
    const before = await payments();
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(request.qrCode);
    expect({ status, body }).toEqual({
      status: 201,
      body: { qrCodeType: 'Refund', refund: { refundId: 'QR150895463' } },
    });
    const [asked, ...more] = kaspi.of('scan');
    expect([JSON.parse(asked?.body ?? ''), more]).toEqual([request, []]);
    expect(await payments()).toEqual(before);
    const requestId = asked?.headers['x-request-id'];
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
  ])('4.1 with %s is not taken for an answer: nobody could be debited by it', async (what, change) => {
    scanAnswer(`bad ${what}`, change);
    const { status, body } = await (await server.mpp.as(CUSTOMER)).scan(QR);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(await database.query('select 1 from qr_payments where kaspi_payment_id = $1', [`bad ${what}`])).toEqual([]);
  });
});

type Change = (text: string) => string;
const asItIs: Change = (text) => text;

/** What the PS says of a service, from the scan to the receipt; the two examples are of different services, and are brought together. */
describe('a payment of a service, by the examples of 4.1 (Custom), 4.2 and 4.3', () => {
  const REQUEST = parsed('4.2-checkout.request');
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let scanAnswer: string;
  let checkoutAnswer: string;
  let purchases = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(({ path: asked }) => {
      if (asked.endsWith('/scan')) return { text: scanAnswer };
      return { text: asked.endsWith('/checkout') ? checkoutAnswer : example('4.3-notify-payment.answer') };
    });
    server = await serverWith('decimal');
    await server.mpp.open(CUSTOMER, '1000.00');
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  const serverWith = (format: string) => {
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, KASPI_AMOUNT_FORMAT: format };
    return startTestServer(env, new TestClock(new Date('2024-02-19T09:50:00Z')));
  };

  /** The answers of the examples, about the service that the checkout's example asks for and this purchase. */
  function examplesFor(paymentId: string, scanned: Change = asItIs, priced: Change = asItIs): void {
    const custom = example('4.1-scan-custom.answer').replace('379eb787-1a36-4096-ac39-4f3006e26a19', paymentId);
    scanAnswer = scanned(custom.replace('2862', '5301').replace('3932', '8352'));
    checkoutAnswer = priced(example('4.2-checkout.answer'));
    kaspi.arrived.length = 0;
  }

  async function scanned(change?: Change, priced?: Change) {
    const paymentId = `service-${++purchases}`;
    examplesFor(paymentId, change, priced);
    const customer = await server.mpp.as(CUSTOMER);
    const { status, body } = await customer.scan(parsed('4.1-scan-custom.request').qrCode);
    const id = body.payment?.id ?? '';
    return { ...customer, id, status, body, paymentId, checkout: () => customer.checkout(id, REQUEST.parameters) };
  }

  it('asks as the example does, to the byte, and reads its answer: a number, +05:00, another merchant', async () => {
    examplesFor(REQUEST.paymentId);
    const customer = await server.mpp.as(CUSTOMER);
    const { id } = (await customer.scan('https://kaspi.kz/pay/MyTest3Param')).body.payment;
    const priced = await customer.checkout(id, REQUEST.parameters);
    expect(kaspi.of('checkout').map(({ body }) => body)).toEqual([JSON.stringify(REQUEST)]);
    expect(priced).toMatchObject({
      status: 200,
      body: {
        id,
        qrCodeType: 'Custom',
        status: 'AWAITING_CONFIRMATION',
        amount: '100.00',
        confirmUntil: '2024-10-31T11:26:29.000Z',
        merchant: { id: '2862', name: 'Парковка Test', mcc: '5732' },
        service: { id: 5301, parameters: [{ id: 8352, name: 'Госномер', value: '547RBA02', options: [] }] },
      },
    });

    const { linkReceipt, pdfReceipt } = parsed('4.3-notify-payment.answer');
    expect((await customer.confirm(id, { expectedAmount: '100.00' })).body).toMatchObject({
      status: 'CONFIRMED',
      amount: '100.00',
      receipt: { linkReceipt, pdfReceipt },
    });
    const told = JSON.stringify(parsed('4.3-notify-payment.request')).replace('abcd12333', id);
    expect(kaspi.of('notifyPayment').map(({ body }) => body)).toEqual([told]);
    expect(await customer.balance()).toBe('900.00');
  });

  it('tells the amount as an integer where the setting says so: of a Custom and of a Static QR (R2, R4)', async () => {
    const integers = await serverWith('integer');
    const customer = await integers.mpp.as(CUSTOMER);
    examplesFor('integer-custom');
    const custom = (await customer.scan('https://kaspi.kz/pay/integer')).body.payment;
    await customer.checkout(custom.id, REQUEST.parameters);
    await customer.confirm(custom.id);
    scanAnswer = staticAnswer('integer-static');
    const fixed = (await customer.scan('static')).body.payment;
    await customer.confirm(fixed.id, { amount: '7.00' });
    await integers.stop();
    const sent = kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body).payment);
    expect(sent).toEqual([
      { paymentId: 'integer-custom', mppPaymentId: custom.id, paymentAmount: '100' },
      { paymentId: 'integer-static', mppPaymentId: fixed.id, paymentAmount: '7' },
    ]);
  });

  const KEYS: [string, string, string][] = [
    ['PaymentId, as the table of 4.2 spells it', '"paymentId"', '"PaymentId"'],
    ['Id, as the table of 4.1 spells it', '"id"', '"Id"'],
    ['serviceld, as the table of 4.2 spells it', '"serviceId"', '"serviceld"'],
    ['a blank behind each key', '":', ' ":'],
    ['a blank before the ids', '"id"', '" id"'],
    ['paymentData in another case', '"paymentData"', '"PAYMENTDATA"'],
    ['the form’s list in another case', '"parameters"', '"Parameters"'],
    ['qrCodeType in another case', '"qrCodeType"', '"QrCodeType"'],
  ];

  it.each(KEYS)('4.1 (Custom) is read with %s (R6)', async (_, from, to) => {
    const { status, paymentId, checkout } = await scanned((text) => text.replaceAll(from, to));
    expect(scanAnswer).toContain(to);
    expect(status).toBe(201);
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(kaspi.of('checkout').map(({ body }) => body)).toEqual([JSON.stringify({ ...REQUEST, paymentId })]);
  });

  const unknownFields: Change = (text) => text.replaceAll('{ "', '{ "new": [{ "x": null }], "').replace('{', '{"y":7,');

  it('4.1 (Custom) and 4.2 are read with unknown fields at every level (R7)', async () => {
    const { body, checkout } = await scanned(unknownFields, unknownFields);
    expect(body.payment).toMatchObject({ status: 'AWAITING_CHECKOUT', service: { id: 5301, name: 'Парковка' } });
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00', merchant: { id: '2862' } } });
  });

  const withPrice =
    (written: string): Change =>
    (text) =>
      text.replace('"paymentAmount": 100', written);
  const withDeadline =
    (written: string): Change =>
    (text) =>
      text.replace('"canConfirmUntil": "2024-10-31T16:26:29+05:00"', written);

  it.each<[string, Change, object]>([
    ['the price as a string', withPrice('"paymentAmount": "100"'), {}],
    ['the price as a string with two decimals (R1)', withPrice('"paymentAmount": "100.00"'), {}],
    ['the price as a number with decimals', withPrice('"paymentAmount": 100.00'), {}],
    ['paymentAmount in another case and with blanks (R6)', withPrice('" PaymentAmount ": 100'), {}],
    ['an offset of hours alone (R5)', (text) => text.replace('+05:00', '+05'), {}],
    ['no offset: Almaty, +05 on that day (R5)', (text) => text.replace('+05:00', ''), {}],
    ['no deadline (R8)', withDeadline('"x": 1'), { confirmUntil: null }],
    ['no merchant (R8)', (text) => text.replace(/"merchant": \{[^}]*\},/, ''), { merchant: null }],
    ['keys in another case', (text) => text.replace('merchantMCC', 'MerchantMcc').replace('"result"', '"Result "'), {}],
  ])('4.2 is read with %s', async (_, change, expected) => {
    const { checkout } = await scanned(asItIs, change);
    expect(checkoutAnswer).not.toBe(example('4.2-checkout.answer'));
    const { status, body } = await checkout();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'AWAITING_CONFIRMATION',
      amount: '100.00',
      confirmUntil: '2024-10-31T11:26:29.000Z',
      merchant: { id: '2862', name: 'Парковка Test', mcc: '5732' },
      ...expected,
    });
  });

  it.each(['100.50', '"100.50"', '0.01', '"99.9"'])(
    '4.2 with a price of %s is refused: part of a tenge (R3)',
    async (price) => {
      const { checkout, payment, balance, confirm, id } = await scanned(asItIs, withPrice(`"paymentAmount": ${price}`));
      const before = await balance();
      expect(await checkout()).toMatchObject({ status: 422, body: { code: 'AMOUNT_NOT_WHOLE' } });
      expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null, confirmUntil: null });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await balance()).toBe(before);
      expect([kaspi.of('checkout').length, kaspi.of('notifyPayment').length]).toEqual([1, 0]);
    },
  );

  it.each<[string, Change]>([
    ['a price of zero', withPrice('"paymentAmount": 0')],
    ['a price of "0.00"', withPrice('"paymentAmount": "0.00"')],
    ['the price 1e2', withPrice('"paymentAmount": 1e2')],
    ['the price "1e2"', withPrice('"paymentAmount": "1e2"')],
    ['a negative price', withPrice('"paymentAmount": -100')],
    ['the price "100,00"', withPrice('"paymentAmount": "100,00"')],
    ['the price 100.001', withPrice('"paymentAmount": 100.001')],
    ['no price', withPrice('"price": 100')],
    ['a deadline that is no date', withDeadline('"canConfirmUntil": "31.10.2024"')],
    ['no result', (text) => text.replace('"result"', '"outcome"')],
  ])('4.2 with %s is not taken for an answer: nobody could be debited by it', async (_, change) => {
    const { checkout, payment, id } = await scanned(asItIs, change);
    expect(checkoutAnswer).not.toBe(example('4.2-checkout.answer'));
    expect(await checkout()).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
    // Asked again, and answered as the regulation says, it is priced after all.
    checkoutAnswer = example('4.2-checkout.answer');
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(new Set(kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });

  it.each<[string, Change]>([
    ['no form', (text) => text.replace('"paymentData"', '"data"')],
    ['no service', (text) => text.replace('"serviceId"', '"service"')],
    ['a service that is no number', (text) => text.replace('5301', '"parking"')],
    ['a parameter without an id', (text) => text.replace('"id"', '"key"')],
    ['no paymentId', (text) => text.replace('"paymentId"', '"purchase"')],
  ])('4.1 (Custom) with %s is not taken for an answer: it could not be paid', async (_, change) => {
    const { status, body, paymentId } = await scanned(change);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(await database.query('select 1 from qr_payments where kaspi_payment_id = $1', [paymentId])).toEqual([]);
  });

  /** There is no example of a Static QR: by the table of 4.1 it is a Dynamic one without an amount. */
  function staticAnswer(paymentId: string): string {
    return example('4.1-scan-dynamic.answer')
      .replace('Dynamic', 'Static')
      .replace('"paymentAmount": "100.00", ', '')
      .replace('abc1234567890', paymentId);
  }

  it('4.1 (Static) asks the customer for the amount, and 4.3 tells it to the byte (R2, R4)', async () => {
    scanAnswer = staticAnswer('static-1');
    kaspi.arrived.length = 0;
    const customer = await server.mpp.as(CUSTOMER);
    const { status, body } = await customer.scan('static');
    const { id } = body.payment;
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        qrCodeType: 'Static',
        payment: {
          qrCodeType: 'Static',
          status: 'AWAITING_AMOUNT',
          amount: null,
          confirmUntil: '2024-02-19T09:57:41.000Z',
          merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
          service: null,
        },
      },
    });
    const before = Number(await customer.balance());
    expect(await customer.confirm(id)).toMatchObject({ status: 422, body: { code: 'AMOUNT_INVALID' } });
    expect(await customer.confirm(id, { amount: '100.50' })).toMatchObject({ body: { code: 'AMOUNT_NOT_WHOLE' } });
    expect(kaspi.of('notifyPayment')).toEqual([]);
    expect((await customer.confirm(id, { amount: '100.00' })).body).toMatchObject({
      status: 'CONFIRMED',
      amount: '100.00',
    });
    const told = JSON.stringify(parsed('4.3-notify-payment.request'))
      .replace('abc1234567890', 'static-1')
      .replace('abcd12333', id);
    expect(kaspi.of('notifyPayment').map((arrived) => arrived.body)).toEqual([told]);
    expect(Number(await customer.balance())).toBe(before - 100);
  });
});
