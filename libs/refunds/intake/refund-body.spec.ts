import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import fc from 'fast-check';
import { REFUSALS } from '../domain/answer.js';
import { readRefundBody } from './refund-body.js';

const LINK = 'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add&sale_date=2024-01-10+14:24:09.646000';
const PDF =
  'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509509530&sale_date=2025-06-02+10:00:56.407';
const BODY = {
  refundAmount: '100.00',
  customerId: '900900000001',
  paymentId: 'abc1234567890',
  refundId: 'Ref1234567',
  linkReceipt: LINK,
};
const ORDER = {
  refundId: 'Ref1234567',
  customerId: '900900000001',
  kaspiPaymentId: 'abc1234567890',
  amount: Money.parse('100.00'),
  linkReceipt: LINK,
  pdfReceipt: null,
};

const read = (changes: Record<string, unknown> = {}) => readRefundBody(JSON.stringify({ ...BODY, ...changes }));
/** A body with this JSON text as its amount, quoted or not. */
const readAmount = (raw: string) =>
  readRefundBody(JSON.stringify({ ...BODY, refundAmount: 'HERE' }).replace('"HERE"', raw));
const fingerprint = (changes: Record<string, unknown>) => read(changes).fingerprint;

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
    const said = read({ [name]: value });
    expect(said).toMatchObject({ kind: 'fault', fault, refundId: name === 'refundId' ? null : 'Ref1234567' });
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

describe('the fingerprint of a refund (R17)', () => {
  it.each(['100', 100, '100.0', '0100.00'])('covers the amount, not its notation: %j is 100.00', (refundAmount) => {
    expect(fingerprint({ refundAmount })).toBe(fingerprint({}));
  });

  it.each([
    ['links', { linkReceipt: 'https://elsewhere', pdfReceipt: PDF }],
    ['an invalid link', { linkReceipt: undefined }],
    ['other fields', { extra: 1 }],
    ['the refundId', { refundId: 'Other' }],
  ])('does not cover %s', (_, changes) => {
    expect(fingerprint(changes)).toBe(fingerprint({}));
  });

  it('covers customer, payment and amount, also if they are unreadable', () => {
    const changes: Record<string, unknown>[] = [
      {},
      { refundAmount: '100.01' },
      { refundAmount: '0.00' },
      { refundAmount: '-100.00' },
      { refundAmount: 'x' },
      { refundAmount: undefined },
      { refundAmount: true },
      { customerId: '900900000002' },
      { customerId: undefined },
      { customerId: '' },
      { customerId: 900900000001 },
      { customerId: 'abc123456789', paymentId: '900900000001' },
      { paymentId: 'abc1234567891' },
      { paymentId: 'ABC1234567890' },
      { paymentId: undefined },
      { paymentId: 'p'.repeat(65) },
    ];
    expect(new Set(changes.map(fingerprint)).size).toBe(changes.length);
  });

  it('differs if text moves from one field to another', () => {
    const one = { customerId: '9","a', paymentId: 'b' };
    const other = { customerId: '9', paymentId: 'a","b' };
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it('is equal for every notation of an amount, and different for every other amount', () => {
    const tiyn = fc.bigInt({ min: 1n, max: 10_000_000n });
    fc.assert(
      fc.property(tiyn, tiyn, (a, b) => {
        const [one, other] = [Money.ofTiyn(a).toString(), Money.ofTiyn(b).toString()];
        const ways = [`"${one}"`, one, `"${one.replace(/\.?0+$/, '')}"`, `"0${one}"`];
        expect(new Set(ways.map((raw) => readAmount(raw).fingerprint)).size).toBe(1);
        expect(readAmount(`"${other}"`).fingerprint === readAmount(one).fingerprint).toBe(a === b);
      }),
    );
  });
});

describe('a body', () => {
  const names = ['customerId', 'paymentId', 'refundAmount', 'refundId', 'linkReceipt', 'pdfReceipt'];
  const twisted = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', ' ', '\t'), fc.boolean())
    .map(([name, blank, upper]) => (upper ? name.toUpperCase() : name) + blank);
  const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.jsonValue({ maxDepth: 2 }), fc.double());

  const expectAnswer = (text: string) => {
    const said = readRefundBody(text);
    if (said.kind === 'fault') {
      expect(REFUSALS).toHaveProperty(said.fault);
      return;
    }
    const { refundId, customerId, kaspiPaymentId, amount, linkReceipt } = said.order;
    for (const [kept, most] of [
      [refundId, 64],
      [customerId, 12],
      [kaspiPaymentId, 64],
    ] as const) {
      expect([...kept].length).toBeLessThanOrEqual(most);
    }
    for (const kept of [refundId, customerId, kaspiPaymentId, linkReceipt]) {
      expect(kept.trim()).not.toBe('');
      // Characters that PostgreSQL's text refuses.
      expect(kept.isWellFormed() && !kept.includes('\0')).toBe(true);
    }
    expect(amount.tiyn > 0n).toBe(true);
    expect(said.refundId).toBe(refundId);
  };

  it('of any text is read without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), expectAnswer));
    fc.assert(fc.property(fc.json(), expectAnswer));
  });

  it('with fields like ours is an order that can be stored, or a fault', () => {
    fc.assert(fc.property(fc.dictionary(twisted, value), (object) => expectAnswer(JSON.stringify(object))));
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, given) =>
        expectAnswer(JSON.stringify({ ...BODY, [name]: given })),
      ),
      { numRuns: 300 },
    );
  });

  it('that is cut off anywhere is not JSON', () => {
    const text = JSON.stringify(BODY);
    for (let end = 0; end < text.length; end++) {
      expect(readRefundBody(text.slice(0, end))).toMatchObject({ kind: 'fault', fault: 'NOT_JSON' });
    }
  });

  it('of lists nested without end is a fault, not a crash', () => {
    for (const depth of [100, 30_000]) {
      const deep = '['.repeat(depth) + ']'.repeat(depth);
      expectAnswer(deep);
      expectAnswer(`{"refundAmount":${deep}}`);
    }
  });
});
