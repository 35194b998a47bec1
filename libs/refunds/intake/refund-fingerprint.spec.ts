import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import fc from 'fast-check';
import { BODY, PDF, read, readAmount } from '../../../test/support/refund-body.js';
import { REFUSALS } from '../domain/answer.js';
import { readRefundBody } from './refund-body.js';

const fingerprint = (changes: Record<string, unknown>) => read(changes).fingerprint;

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
    const parsed = readRefundBody(text);
    if (parsed.kind === 'fault') {
      expect(REFUSALS).toHaveProperty(parsed.fault);
      return;
    }
    const { refundId, customerId, kaspiPaymentId, amount, linkReceipt } = parsed.order;
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
    expect(parsed.refundId).toBe(refundId);
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
