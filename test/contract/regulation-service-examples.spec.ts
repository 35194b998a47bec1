import { describe, expect, it } from '@jest/globals';
import { CUSTOMER, example, parsed } from './regulation-files.js';
import {
  type Change,
  REQUEST,
  serviceExamples,
  staticAnswer,
  unchanged,
  unknownFields,
  withDeadline,
  withPrice,
} from './service-examples.js';

const { fixture, serverWith, examplesFor, scanned } = serviceExamples();

describe('a payment of a service, by the examples of 4.1 (Custom), 4.2 and 4.3', () => {
  it('sends the request of the example, to the byte, and reads its answer: a number, +05:00, another merchant', async () => {
    examplesFor(REQUEST.paymentId);
    const customer = await fixture.server.mpp.as(CUSTOMER);
    const { id } = (await customer.scan('https://kaspi.kz/pay/MyTest3Param')).body.payment;
    const priced = await customer.checkout(id, REQUEST.parameters);
    expect(fixture.kaspi.of('checkout').map(({ body }) => body)).toEqual([JSON.stringify(REQUEST)]);
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
    const sent = JSON.stringify(parsed('4.3-notify-payment.request')).replace('abcd12333', id);
    expect(fixture.kaspi.of('notifyPayment').map(({ body }) => body)).toEqual([sent]);
    expect(await customer.balance()).toBe('900.00');
  });

  it('sends the amount of a Custom and of a Static QR as an integer if KASPI_AMOUNT_FORMAT is integer (R2, R4)', async () => {
    const integers = await serverWith('integer');
    const customer = await integers.mpp.as(CUSTOMER);
    examplesFor('integer-custom');
    const custom = (await customer.scan('https://kaspi.kz/pay/integer')).body.payment;
    await customer.checkout(custom.id, REQUEST.parameters);
    await customer.confirm(custom.id);
    fixture.scanAnswer = staticAnswer('integer-static');
    const fixed = (await customer.scan('static')).body.payment;
    await customer.confirm(fixed.id, { amount: '7.00' });
    await integers.stop();
    const sent = fixture.kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body).payment);
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
    expect(fixture.scanAnswer).toContain(to);
    expect(status).toBe(201);
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(fixture.kaspi.of('checkout').map(({ body }) => body)).toEqual([JSON.stringify({ ...REQUEST, paymentId })]);
  });

  it('4.1 (Custom) and 4.2 are read with unknown fields at every level (R7)', async () => {
    const { body, checkout } = await scanned(unknownFields, unknownFields);
    expect(body.payment).toMatchObject({ status: 'AWAITING_CHECKOUT', service: { id: 5301, name: 'Парковка' } });
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00', merchant: { id: '2862' } } });
  });

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
    const { checkout } = await scanned(unchanged, change);
    expect(fixture.checkoutAnswer).not.toBe(example('4.2-checkout.answer'));
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
    '4.2 with a price of %s is refused, since it has a part of a tenge (R3)',
    async (price) => {
      const { checkout, payment, balance, confirm, id } = await scanned(
        unchanged,
        withPrice(`"paymentAmount": ${price}`),
      );
      const before = await balance();
      expect(await checkout()).toMatchObject({ status: 422, body: { code: 'AMOUNT_NOT_WHOLE' } });
      expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null, confirmUntil: null });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await balance()).toBe(before);
      expect([fixture.kaspi.of('checkout').length, fixture.kaspi.of('notifyPayment').length]).toEqual([1, 0]);
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
  ])('4.2 with %s is not accepted as an answer, so no customer is debited', async (_, change) => {
    const { checkout, payment, id } = await scanned(unchanged, change);
    expect(fixture.checkoutAnswer).not.toBe(example('4.2-checkout.answer'));
    expect(await checkout()).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
    // After a repeated checkout with a valid answer it has a price.
    fixture.checkoutAnswer = example('4.2-checkout.answer');
    expect(await checkout()).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(new Set(fixture.kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });

  it.each<[string, Change]>([
    ['no form', (text) => text.replace('"paymentData"', '"data"')],
    ['no service', (text) => text.replace('"serviceId"', '"service"')],
    ['a service that is no number', (text) => text.replace('5301', '"parking"')],
    ['a parameter without an id', (text) => text.replace('"id"', '"key"')],
    ['no paymentId', (text) => text.replace('"paymentId"', '"purchase"')],
  ])('4.1 (Custom) with %s is not accepted as an answer, since it could not be paid', async (_, change) => {
    const { status, body, paymentId } = await scanned(change);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(await fixture.database.query('select 1 from qr_payments where kaspi_payment_id = $1', [paymentId])).toEqual(
      [],
    );
  });

  it('4.1 (Static) takes the amount from the customer, and 4.3 sends it to the byte (R2, R4)', async () => {
    fixture.scanAnswer = staticAnswer('static-1');
    fixture.kaspi.arrived.length = 0;
    const customer = await fixture.server.mpp.as(CUSTOMER);
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
    expect(fixture.kaspi.of('notifyPayment')).toEqual([]);
    expect((await customer.confirm(id, { amount: '100.00' })).body).toMatchObject({
      status: 'CONFIRMED',
      amount: '100.00',
    });
    const sent = JSON.stringify(parsed('4.3-notify-payment.request'))
      .replace('abc1234567890', 'static-1')
      .replace('abcd12333', id);
    expect(fixture.kaspi.of('notifyPayment').map((arrived) => arrived.body)).toEqual([sent]);
    expect(Number(await customer.balance())).toBe(before - 100);
  });
});
