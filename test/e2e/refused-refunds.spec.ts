import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../support/ps-refunds.js';
import { refundsFixture } from './refunds-fixture.js';

const { fixture, ps, paid, operator, untilBalance } = refundsFixture();

interface CallBody {
  items: { refundId: string | null; remark: string; resultCode: string; body: string | null; requestId: string }[];
}

const ops = async <Body>(path: string) => {
  const token = await fixture.server.mpp.teamToken('support');
  return (await fixture.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token })).body;
};
const alertsOf = async (subject: string) =>
  (await ops<{ items: { kind: string; details: unknown }[] }>(`alerts?kind=REFUND_REFUSED&subject=${subject}`)).items;
const recheck = (refundId: string, reason = 'the link was missing, case 4713') =>
  operator('POST', `/${refundId}/recheck`, { reason });
const NO_LINK = { linkReceipt: undefined };
let refunds = 0;

describe('a refund that was refused', () => {
  it('raises an alert with its reason and content, once, and is listed with its content', async () => {
    const { purchase } = await paid();
    const refundId = `Refused${++refunds}`;
    for (let time = 0; time < 3; time++) await ps().refund({ ...purchase, refundId, refundAmount: '100.01' });
    expect(await alertsOf(refundId)).toMatchObject([
      { details: { refusal: 'ABOVE_PAYMENT', paymentId: purchase.paymentId, amount: '100.01' } },
    ]);
    const { body } = await operator<{ items: object[] }>('GET', '?status=REFUSED&limit=1');
    expect(body.items).toMatchObject([{ refundId, refusal: 'ABOVE_PAYMENT', amount: '100.01' }]);
    const calls = (await ops<CallBody>('refused-refunds?limit=3')).items;
    expect(calls.map((call) => [call.refundId, call.remark])).toEqual([
      [refundId, 'REPEATED'],
      [refundId, 'REPEATED'],
      [refundId, 'ABOVE_PAYMENT'],
    ]);
    expect(calls[0]?.body).toContain('100.01');
  });

  it('because nobody can name it, or because its refundId has another content, raises one too', async () => {
    const { purchase } = await paid();
    const refundId = `Refused${++refunds}`;
    expect((await ps().refund({ ...purchase, refundId, refundAmount: '10.00' })).result).toEqual(ACCEPTED);
    await ps().refund({ ...purchase, refundId, refundAmount: '20.00' });
    expect(await alertsOf(refundId)).toMatchObject([{ details: { refusal: 'OTHER_CONTENT', amount: '20.00' } }]);
    await ps().send('{"refundAmount"', { 'x-request-id': 'unreadable-1' });
    expect(await alertsOf(encodeURIComponent('request unreadable-1'))).toMatchObject([
      { details: { refusal: 'NOT_JSON' } },
    ]);
    const [last] = (await ops<CallBody>('refused-refunds?limit=1')).items;
    expect(last).toMatchObject({ refundId: null, remark: 'NOT_JSON', requestId: 'unreadable-1' });
  });

  it('is decided again, once an operator allows it, when the PS repeats it: credited once, however many copies come', async () => {
    const { alia, purchase } = await paid();
    const refundId = `Refused${++refunds}`;
    const request = { ...purchase, refundId, refundAmount: '30.00' };
    expect((await ps().refund({ ...request, ...NO_LINK })).result?.resultCode).toBe('PARAM_ILLEGAL');
    expect((await ps().refund(request)).result?.resultCode).toBe('PARAM_ILLEGAL');
    for (let time = 0; time < 2; time++) expect((await recheck(refundId)).status).toBe(200);
    expect(await alia.balance()).toBe('900.00');
    const answers = await Promise.all(Array.from({ length: 20 }, () => ps().refund(request)));
    expect(answers.map(({ result }) => result)).toEqual(answers.map(() => ACCEPTED));
    await untilBalance(alia, '930.00');
    expect((await ps().refund(request)).result).toEqual(ACCEPTED);
    expect(await alia.balance()).toBe('930.00');
    const audit = await fixture.database.query(`select reason, details from access_audit
      where action = 'REFUND_RECHECK_ALLOWED' and subject = '${refundId}'`);
    expect(audit).toEqual([{ reason: 'the link was missing, case 4713', details: { refusal: 'LINK_RECEIPT' } }]);
    expect((await recheck(refundId)).status).toBe(409);
  });

  it('with another content stays refused, and the first content can still be decided again', async () => {
    const { alia, purchase } = await paid();
    const refundId = `Refused${++refunds}`;
    const request = { ...purchase, refundId, refundAmount: '30.00' };
    await ps().refund({ ...request, ...NO_LINK });
    await recheck(refundId);
    expect((await ps().refund({ ...request, refundAmount: '31.00' })).result?.resultCode).toBe('PARAM_ILLEGAL');
    expect((await ps().refund(request)).result).toEqual(ACCEPTED);
    await untilBalance(alia, '930.00');
  });

  it('and is refused again when it is decided again needs another permission', async () => {
    const { alia, purchase } = await paid();
    const refundId = `Refused${++refunds}`;
    const request = { ...purchase, refundId, refundAmount: '30.00' };
    await ps().refund({ ...request, ...NO_LINK });
    await recheck(refundId);
    expect((await ps().refund({ ...request, ...NO_LINK })).result?.resultCode).toBe('PARAM_ILLEGAL');
    expect((await ps().refund(request)).result?.resultCode).toBe('PARAM_ILLEGAL');
    await recheck(refundId);
    expect((await ps().refund(request)).result).toEqual(ACCEPTED);
    await untilBalance(alia, '930.00');
  });

  it('cannot be allowed if it does not exist, was accepted, or without a reason', async () => {
    const { purchase } = await paid();
    const accepted = `Refused${++refunds}`;
    await ps().refund({ ...purchase, refundId: accepted, refundAmount: '1.00' });
    expect((await recheck('Unknown')).status).toBe(404);
    expect((await recheck(accepted)).status).toBe(409);
    expect((await recheck(accepted, '')).status).toBe(400);
  });
});
