import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { LINK, PDF } from '../../../test/support/refund-body.js';
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
});
