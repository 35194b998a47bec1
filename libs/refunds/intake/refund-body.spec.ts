import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { BODY, LINK, PDF, read, readAmount } from '../../../test/support/refund-body.js';
import { REFUSALS } from '../domain/answer.js';
import { readRefundBody } from './refund-body.js';

const ORDER = {
  refundId: 'Ref1234567',
  customerId: '900900000001',
  kaspiPaymentId: 'abc1234567890',
  amount: Money.parse('100.00'),
  linkReceipt: LINK,
  pdfReceipt: null,
};

describe('the body of a refund (regulation 4.4)', () => {
  it('is read as in the regulation’s example: with blanks after keys, and links unchanged', () => {
    const example = `{ "refundAmount": "100.00", "customerId": "9009*****", "paymentId ": "abc1234567890",
      "refundId ": "Ref1234567", "linkReceipt": "${LINK}", "pdfReceipt": "${PDF}" }`;
    expect(readRefundBody(example)).toEqual({
      kind: 'order',
      refundId: 'Ref1234567',
      order: { ...ORDER, customerId: '9009*****', pdfReceipt: PDF },
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      shown: expect.stringContaining('Ref1234567'),
    });
  });

  it('is read alike with any unknown field, however deep, also with the amount as a number (R7)', () => {
    const fields = '"refundId":"r","customerId":"c","paymentId":"p","linkReceipt":"https://x","refundAmount":100.5';
    const deep = `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)},${fields}}`;
    const { shown: _, ...read } = readRefundBody(deep);
    expect(read.kind).toBe('order');
    expect(readRefundBody(`{${fields}}`)).toMatchObject(read);
  });

  it.each([
    String.raw`{"customer\u0049d":"900900000001"}`,
    String.raw`{"customerId\t":"900900000001"}`,
    '{"CUSTOMERID ":["900900000001"]}',
    '{"other":{"customerId":"900900000001"}}',
  ])('is shown to operators with the customer masked, however the key is written: %s', (text) => {
    expect(readRefundBody(text).shown).not.toContain('900900000001');
  });

  it('is read with keys in any case and with blanks around them (R6)', () => {
    const text = JSON.stringify({
      RefundAmount: '100.00',
      ' CUSTOMERID': BODY.customerId,
      'PaymentId\t': BODY.paymentId,
      ' refundid ': BODY.refundId,
      LinkReceipt: LINK,
    });
    expect(readRefundBody(text)).toMatchObject({ kind: 'order', order: ORDER });
    expect(readRefundBody(text).fingerprint).toBe(read().fingerprint);
  });

  it('prefers the key as the regulation writes it to a similar one', () => {
    const other = { 'refundId ': 'Other', PaymentId: 'other', CUSTOMERID: 'other', REFUNDAMOUNT: '1.00' };
    expect(readRefundBody(JSON.stringify({ ...other, ...BODY }))).toMatchObject({ order: ORDER });
  });

  it('may have any other fields (R7)', () => {
    expect(read({ merchant: { refundId: 'no' }, extra: [1, null], __proto__: null })).toMatchObject({ order: ORDER });
    const prototype = JSON.stringify(BODY).replace('{', '{"__proto__":{"refundId":"no"},"constructor":1,');
    expect(readRefundBody(prototype)).toMatchObject({ order: ORDER });
  });

  it.each([
    ['"100.00"', '100.00'],
    ['"100"', '100.00'],
    ['100', '100.00'],
    ['100.5', '100.50'],
    ['"0.01"', '0.01'],
    ['0.10', '0.10'],
    ['1000000000000000.00', '1000000000000000.00'],
    ['9007199254740.99', '9007199254740.99'],
  ])('has the amount %s: %s (R1)', (raw, amount) => {
    expect(readAmount(raw)).toMatchObject({ kind: 'order', order: { amount: Money.parse(amount) } });
  });

  it.each([
    ...[
      '"1e2"',
      '1e2',
      '1E2',
      '"-1"',
      '-1',
      '-0',
      '"+1"',
      '"1 000"',
      '" 1"',
      '"1 "',
      '"100,00"',
      '"100.001"',
      '100.001',
    ],
    ...['"0"', '0', '"0.00"', '0.00', '""', '"."', '".5"', '"1."', '"сто"', '"１００"', '"0x10"', 'null', 'true', '[]'],
    ...['["100.00"]', '{"value":"100.00"}', '1000000000000000.01', '99999999999999999', '"100.00\\u0000"', '"1_000"'],
  ])('has no valid amount in %s (R1, R18)', (raw) => {
    expect(readAmount(raw)).toMatchObject({ kind: 'fault', fault: 'AMOUNT', refundId: 'Ref1234567' });
  });

  const notKept = ['a\u0000b', 'a\nb', 'a\u007fb', '\ud800', 'x\udc00'];
  it.each([
    ...[undefined, null, '', ' ', 17, true, [], {}, ['Ref1'], 'r'.repeat(65), 'ы'.repeat(65), ...notKept].map(
      (value) => ['refundId', value, 'REFUND_ID'] as const,
    ),
    ...[undefined, null, '', ' ', 900900000001, [], {}, '9'.repeat(13), ...notKept].map(
      (value) => ['customerId', value, 'CUSTOMER_ID'] as const,
    ),
    ...[undefined, null, '', ' ', 17, [], {}, 'p'.repeat(65), ...notKept].map(
      (value) => ['paymentId', value, 'PAYMENT_ID'] as const,
    ),
    ...[undefined, null, '', ' ', 17, [], {}, ...notKept].map(
      (value) => ['linkReceipt', value, 'LINK_RECEIPT'] as const,
    ),
    ...[' ', 17, [], {}, ...notKept].map((value) => ['pdfReceipt', value, 'PDF_RECEIPT'] as const),
  ])('has a fault if %s is %j: %s', (name, value, fault) => {
    const parsed = read({ [name]: value });
    expect(parsed).toMatchObject({ kind: 'fault', fault, refundId: name === 'refundId' ? null : 'Ref1234567' });
    expect(REFUSALS).toHaveProperty(fault);
  });

  it.each([
    ['refundId', 'r'.repeat(64)],
    ['refundId', '𝄞'.repeat(64)],
    ['refundId', 'Возврат/1 %'],
    ['customerId', '9'],
    ['customerId', 'ы'.repeat(12)],
    ['paymentId', 'p'.repeat(64)],
    ['linkReceipt', `https://receipt.kaspi.kz/${'x'.repeat(3000)}`],
  ])('may have a %s of the greatest length (%#)', (name, value) => {
    expect(read({ [name]: value })).toMatchObject({ kind: 'order' });
  });

  it.each([[undefined], [null], ['']])('needs no PDF link: %j means none', (pdfReceipt) => {
    expect(read({ pdfReceipt })).toMatchObject({ kind: 'order', order: { pdfReceipt: null } });
  });

  it.each(['', '{', 'refund', '{"refundId":"Ref1"', "{'refundId':'Ref1'}", '\u0000', '{"a":NaN}', '{}{}'])(
    'that is not JSON, as %j, is refused as NOT_JSON',
    (text) => {
      expect(readRefundBody(text)).toEqual({
        kind: 'fault',
        fault: 'NOT_JSON',
        refundId: null,
        fingerprint: '',
        shown: null,
      });
    },
  );

  it.each(['[]', 'null', '"Ref1"', '17', 'true', '[{"refundId":"Ref1"}]'])(
    'that is JSON but not an object, as %s, is refused as NO_OBJECT',
    (text) => {
      expect(readRefundBody(text)).toEqual({
        kind: 'fault',
        fault: 'NO_OBJECT',
        refundId: null,
        fingerprint: '',
        shown: null,
      });
    },
  );
});
