import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ACCEPTED, refundBody } from '../support/ps-refunds.js';
import { refundsFixture } from './refunds-fixture.js';

const { fixture, ps, scan, paid, refundsOf, untilBalance } = refundsFixture();

describe('a refund of the PS', () => {
  it('in full is answered SUCCESS, and the customer has the money', async () => {
    const { alia, id, purchase } = await paid();
    const reply = await ps().refund({ ...purchase, refundId: 'Full1' });
    expect(reply).toMatchObject({ status: 200, result: ACCEPTED });
    await untilBalance(alia, '1000.00');
    expect((await alia.payment(id)).body).toMatchObject({ status: 'CONFIRMED', refundedAmount: '100.00' });
    expect((await refundsOf(alia, '/Full1')).body).toMatchObject({
      refundId: 'Full1',
      paymentId: id,
      amount: '100.00',
      status: 'CREDITED',
      creditedAt: expect.any(String),
      receipt: { linkReceipt: expect.stringContaining('receipt.kaspi.kz') },
    });
    expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('is read with blanks in its keys, as the regulation’s example has them', async () => {
    const { alia, purchase } = await paid();
    const reply = await ps().send(
      `{ "refundAmount": "40.00", "customerId": "${purchase.customerId}", "paymentId ": "${purchase.paymentId}",
         "refundId ": "Blank1", "linkReceipt": "https://receipt.kaspi.kz/ext?TranId=a3&sale_date=2024-01-10+14:24:09.646" }`,
    );
    expect(reply.text).toBe('{"result":{"resultCode":"SUCCESS","resultMessage":"success"}}');
    await untilBalance(alia, '940.00');
  });

  it('that arrives 50 times at once is credited once and gets 50 equal answers', async () => {
    const { alia, purchase } = await paid();
    const body = { ...purchase, refundId: 'Fifty', refundAmount: 60 };
    const replies = await Promise.all(Array.from({ length: 50 }, () => ps().refund(body)));
    expect(new Set(replies.map(({ text }) => text))).toEqual(new Set([replies[0]?.text]));
    expect(replies[0]?.result).toEqual(ACCEPTED);
    await untilBalance(alia, '960.00');
    expect((await refundsOf(alia)).body.items).toHaveLength(1);
  });

  it('15 of 10.00 at once against a payment of 100.00: ten are accepted, five are refused', async () => {
    const { alia, id, purchase } = await paid();
    const replies = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        ps().refund({ ...purchase, refundId: `Ten${index}`, refundAmount: '10' }),
      ),
    );
    const codes = replies.map(({ result }) => result?.resultCode).sort();
    expect(codes).toEqual([...Array(5).fill('PARAM_ILLEGAL'), ...Array(10).fill('SUCCESS')]);
    await untilBalance(alia, '1000.00');
    expect((await alia.payment(id)).body).toMatchObject({ refundedAmount: '100.00' });
    const page = (await refundsOf(alia, '?limit=7')).body;
    expect(page.items).toHaveLength(7);
    expect((await refundsOf(alia, `?limit=7&cursor=${page.nextCursor}`)).body.items).toHaveLength(3);
  });

  it('with other content under a used refundId is refused and changes nothing; the first content gets its first answer', async () => {
    const { alia, purchase } = await paid();
    const first = await ps().refund({ ...purchase, refundId: 'Same', refundAmount: '30.00' });
    const other = await ps().refund({ ...purchase, refundId: 'Same', refundAmount: '31.00' });
    expect(other).toMatchObject({ status: 200, result: { resultCode: 'PARAM_ILLEGAL' } });
    expect((await ps().refund({ ...purchase, refundId: 'Same', refundAmount: '30' })).text).toBe(first.text);
    await untilBalance(alia, '930.00');
  });

  it('that was refused is refused with the same text later, also when it has become valid', async () => {
    const alia = await fixture.server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    const body = { ...purchase, refundId: 'Early' };
    const refused = await ps().refund(body);
    expect(refused.result?.resultCode).toBe('PARAM_ILLEGAL');
    await alia.confirm(id);
    expect((await ps().refund(body)).text).toBe(refused.text);
    expect(await alia.balance()).toBe('900.00');
    expect((await refundsOf(alia, '/Early')).status).toBe(404);
  });

  it('whose repeat has another receipt shows that receipt, in Kazakh for a request in Kazakh', async () => {
    const { alia, purchase } = await paid();
    const body = { ...purchase, refundId: 'Link', pdfReceipt: undefined };
    await ps().refund(body);
    const link = 'https://receipt.kaspi.kz/ext?extTranId=QR77&sale_date=2025-06-02+10:00:56.407';
    expect((await ps().refund({ ...body, linkReceipt: link })).result).toEqual(ACCEPTED);
    expect((await refundsOf(alia, '/Link')).body.receipt).toEqual({ linkReceipt: link, pdfReceipt: null });
    const kazakh = await refundsOf(alia, '/Link', { 'x-locale': 'kk-KZ' });
    expect(kazakh.body.receipt).toMatchObject({ linkReceipt: `${link}&locale=kk` });
    expect((await refundsOf(alia, '/Link/receipt?locale=kk-KZ')).body).toMatchObject({
      linkReceipt: `${link}&locale=kk`,
    });
  });

  it('is shown to its own customer only', async () => {
    const { purchase } = await paid();
    await ps().refund({ ...purchase, refundId: 'Private' });
    const stranger = await fixture.server.mpp.customer();
    expect((await refundsOf(stranger, '/Private')).status).toBe(404);
    expect((await refundsOf(stranger)).body.items).toEqual([]);
  });
});

describe('a refund that is not valid', () => {
  it('of another customer’s payment, or of more than is left, is answered PARAM_ILLEGAL, and no money moves', async () => {
    const { alia, purchase } = await paid();
    const stranger = await fixture.server.mpp.customer();
    const codes = [
      await ps().refund({ ...purchase, customerId: stranger.id }),
      await ps().refund({ ...purchase, refundAmount: '100.01' }),
    ].map(({ result }) => result?.resultCode);
    expect(codes).toEqual(['PARAM_ILLEGAL', 'PARAM_ILLEGAL']);
    expect([await alia.balance(), await stranger.balance()]).toEqual(['900.00', '1000.00']);
  });

  it('that is too large gets HTTP 413 with a result', async () => {
    const reply = await ps().send(`{"a":"${'x'.repeat(70_000)}"}`);
    expect(reply).toMatchObject({ status: 413, result: { resultCode: 'PARAM_ILLEGAL' } });
  });

  it('that is compressed is 415 without a result; the same refund in UTF-8 is then accepted', async () => {
    const { purchase } = await paid();
    const text = JSON.stringify(refundBody(purchase));
    const compressed = await ps().send(gzipSync(text), { 'content-encoding': 'gzip' });
    expect(compressed).toMatchObject({ status: 415, text: '' });
    expect(await ps().send(text)).toMatchObject({ status: 200, result: ACCEPTED });
  });

  it('that has a name twice with different values is 400, and changes nothing: the repeat with one value is accepted', async () => {
    const { alia, purchase } = await paid();
    const text = JSON.stringify(refundBody({ ...purchase, refundId: 'Twice', refundAmount: '10.00' }));
    const twice = text.replace('{', '{"refundAmount":"20.00",');
    for (let repeats = 0; repeats < 2; repeats++) {
      expect(await ps().send(twice)).toMatchObject({ status: 400, result: { resultCode: 'PARAM_ILLEGAL' } });
    }
    expect(await ps().send(text.replace('{', '{"refundAmount":"10.00","x":1,"x":2,'))).toMatchObject({
      result: ACCEPTED,
    });
    await untilBalance(alia, '910.00');
  });
});
