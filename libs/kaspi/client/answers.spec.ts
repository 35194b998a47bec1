import { describe, expect, it } from '@jest/globals';
import { readCheckoutAnswer, readNotifyAnswer, readOutcome, readScanAnswer } from './answers.js';

const RESULT = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };
const MERCHANT = { merchantId: '123456789', merchantName: 'Coffee Bar', merchantMCC: '5812' };
const merchant = { id: '123456789', name: 'Coffee Bar', mcc: '5812' };
const UNTIL = '2024-02-19T15:57:41+06:00';
const confirmUntil = new Date('2024-02-19T09:57:41.000Z');
const FORM = { serviceId: 2862, serviceName: 'Парковка', parameters: [{ id: 3932, value: '', name: 'Госномер' }] };
const service = { id: 2862, name: 'Парковка', parameters: [{ id: 3932, name: 'Госномер', value: null, options: [] }] };

const textOf = (json: unknown) => (typeof json === 'string' ? json : JSON.stringify(json));
const scan = (json: unknown) => readOutcome(200, textOf(json), readScanAnswer);
const checkout = (json: unknown) => readOutcome(200, textOf(json), readCheckoutAnswer);
const notify = (json: unknown) => readOutcome(200, textOf(json), readNotifyAnswer);

/** An unknown outcome, with the text of the answer for operators. */
const unreadable = (json: unknown, reason: RegExp) => ({
  kind: 'unknown',
  httpStatus: 200,
  text: textOf(json),
  reason: expect.stringMatching(reason),
});

describe('the answer to a scan (4.1), by the type of the QR', () => {
  const payment = { paymentId: 'abc1234567890', canConfirmUntil: UNTIL };
  const dynamic = { ...RESULT, qrCodeType: 'Dynamic', payment: { ...payment, paymentAmount: '100.00' } };
  const fixed = { ...RESULT, qrCodeType: 'Static', payment };
  const custom = { ...RESULT, qrCodeType: 'Custom', payment, paymentData: FORM };
  const refund = { ...RESULT, qrCodeType: 'Refund', refund: { refundId: 'QR150895463' } };
  const purchase = { kaspiPaymentId: 'abc1234567890', confirmUntil, merchant: null };

  it.each([
    ['Dynamic', dynamic, { ...purchase, amount: expect.objectContaining({ tiyn: 10_000n }), service: null }],
    ['Static', fixed, { ...purchase, amount: null, service: null }],
    ['Custom', custom, { ...purchase, amount: null, service }],
    ['Refund', refund, { refundId: 'QR150895463' }],
  ])('%s', (qrCodeType, json, expected) => {
    expect(scan(json)).toEqual({
      kind: 'answered',
      resultCode: 'SUCCESS',
      resultMessage: 'success',
      httpStatus: 200,
      text: textOf(json),
      answer: { qrCodeType, ...expected },
    });
  });

  it.each([
    ['Static', { ...fixed, payment: { ...payment, paymentAmount: '100.00' } }],
    ['Custom', { ...custom, payment: { ...payment, paymentAmount: 'soon' } }],
  ])('%s: has no amount, although the answer names one: the customer or the checkout does', (_, json) => {
    expect(scan(json)).toMatchObject({ kind: 'answered', answer: { amount: null } });
  });

  it.each([dynamic, fixed, custom])('has the merchant that it names (R8): %j', (json) => {
    expect(scan({ ...json, merchant: MERCHANT })).toMatchObject({ answer: { merchant } });
    const { merchantMCC: _, ...part } = MERCHANT;
    expect(scan({ ...json, merchant: part })).toMatchObject({ answer: { merchant: { ...merchant, mcc: null } } });
  });

  it.each([dynamic, fixed, custom])('has no deadline if it names none (R8): %j', (json) => {
    const { canConfirmUntil: _, ...rest } = json.payment;
    expect(scan({ ...json, payment: rest })).toMatchObject({ kind: 'answered', answer: { confirmUntil: null } });
    const empty = { ...json, payment: { ...json.payment, canConfirmUntil: '' } };
    expect(scan(empty)).toMatchObject({ kind: 'answered', answer: { confirmUntil: null } });
  });

  it.each([
    ['no type', { ...dynamic, qrCodeType: undefined }, /qrCodeType/],
    ['an unlisted type', { ...dynamic, qrCodeType: 'Subscription' }, /qrCodeType/],
    ['a type in another case', { ...dynamic, qrCodeType: 'dynamic' }, /qrCodeType/],
    ['Dynamic without an amount', { ...dynamic, payment }, /paymentAmount/],
    ['Dynamic without a payment', { ...dynamic, payment: undefined }, /paymentId/],
    ['Static without a paymentId', { ...fixed, payment: { canConfirmUntil: UNTIL } }, /paymentId/],
    [
      'Static with a paymentId that does not fit into an index',
      { ...fixed, payment: { paymentId: 'x'.repeat(2001) } },
      /paymentId/,
    ],
    ['Custom without a paymentId', { ...custom, payment: {} }, /paymentId/],
    ['Custom without a form', { ...custom, paymentData: undefined }, /paymentData/],
    ['Refund without a refundId', { ...refund, refund: {} }, /refundId/],
    ['Refund without a refund', { ...refund, refund: undefined }, /refundId/],
    [
      'Static with a deadline that is not a date',
      { ...fixed, payment: { ...payment, canConfirmUntil: 'soon' } },
      /date/,
    ],
    ['Custom with a deadline that is a number', { ...custom, payment: { ...payment, canConfirmUntil: 1e9 } }, /date/],
    [
      'Static with a deadline that is not a text',
      { ...fixed, payment: { ...payment, canConfirmUntil: [UNTIL] } },
      /date/,
    ],
  ])('is unknown with %s', (_, json, reason) => {
    expect(scan(json)).toEqual(unreadable(json, reason));
  });

  it('is read whole if a value exceeds its length (R29)', () => {
    const long = { paymentId: 'p'.repeat(65), refundId: 'r'.repeat(65) };
    expect(scan({ ...fixed, payment: long })).toMatchObject({ answer: { kaspiPaymentId: long.paymentId } });
    expect(scan({ ...refund, refund: long })).toMatchObject({ answer: { refundId: long.refundId } });
  });

  it('is not read if the code is a refusal, whatever else it contains', () => {
    const json = { ...dynamic, result: { resultCode: 'EXPIRED_CODE' } };
    expect(scan(json)).toMatchObject({ kind: 'answered', resultCode: 'EXPIRED_CODE', resultMessage: '', answer: null });
  });
});

describe('the answer to a checkout (4.2)', () => {
  const answer = { ...RESULT, paymentAmount: 100, canConfirmUntil: '2024-10-31T16:26:29+05:00', merchant: MERCHANT };

  it('has a price, a deadline and a merchant', () => {
    expect(checkout(answer)).toMatchObject({
      kind: 'answered',
      answer: {
        amount: expect.objectContaining({ tiyn: 10_000n }),
        confirmUntil: new Date('2024-10-31T11:26:29.000Z'),
        merchant,
      },
    });
  });

  it.each([
    ['100', 10_000n],
    ['"100"', 10_000n],
    ['"100.00"', 10_000n],
    ['100.5', 10_050n],
    ['"0.01"', 1n],
    ['1000000000000000', 100_000_000_000_000_000n],
  ])('has the price %s to the tiyn (R1)', (written, tiyn) => {
    const text = textOf(answer).replace('"paymentAmount":100', `"paymentAmount":${written}`);
    expect(checkout(text)).toMatchObject({ kind: 'answered', answer: { amount: expect.objectContaining({ tiyn }) } });
  });

  it.each([
    '0',
    '"0.00"',
    '1e2',
    '"1e2"',
    '-1',
    '"1 000"',
    '"100,00"',
    '100.001',
    '""',
    'true',
    '[100]',
    '1000000000000000.01',
  ])('is unknown with the price %s', (written) => {
    const text = textOf(answer).replace('"paymentAmount":100', `"paymentAmount":${written}`);
    expect(text).toContain(written);
    expect(checkout(text)).toMatchObject({ kind: 'unknown', text });
  });

  it.each([
    ['without a price', { ...answer, paymentAmount: undefined }],
    ['with a price that is null', { ...answer, paymentAmount: null }],
    ['with a deadline that is not a date', { ...answer, canConfirmUntil: '31.10.2024 16:26' }],
    ['with a deadline that is not a text', { ...answer, canConfirmUntil: { until: UNTIL } }],
  ])('is unknown %s', (_, json) => {
    expect(checkout(json)).toMatchObject({ kind: 'unknown' });
  });

  it('needs neither deadline nor merchant (R8)', () => {
    expect(checkout({ ...RESULT, paymentAmount: '100.00' })).toMatchObject({
      answer: { confirmUntil: null, merchant: null },
    });
  });
});

describe('the answer to a notifyPayment (4.3)', () => {
  const links = { linkReceipt: 'https://r.kz/ext?a=1&t=2024-01-10+14:24:09', pdfReceipt: 'https://r.kz/pdf?a=1+2' };

  it.each([
    ['both links', links, links],
    ['no links', {}, { linkReceipt: null, pdfReceipt: null }],
    ['links that are not texts', { linkReceipt: {}, pdfReceipt: '' }, { linkReceipt: null, pdfReceipt: null }],
  ])('is accepted with %s, as received (R32): the result does not depend on them', (_, given, answer) => {
    expect(notify({ ...RESULT, ...given })).toMatchObject({ kind: 'answered', answer });
  });
});
