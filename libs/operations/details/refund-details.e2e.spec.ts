import { describe, expect, it } from '@jest/globals';
import type { RefundPage } from '../../../test/support/operator-refunds.js';
import { operatorRefunds } from '../../../test/support/operator-refunds.js';
import { expectProblem } from '../../../test/support/problems.js';
import { ACCEPTED, refundBody } from '../../../test/support/ps-refunds.js';

const RECEIVABLE = { id: '00000000-0000-7000-8000-000000000005', account: 'RECEIVABLE_FROM_KASPI' };
const SUSPENSE = { id: '00000000-0000-7000-8000-000000000006', account: 'REFUNDS_IN_SUSPENSE' };

const { clock, detailsOf, drain, get, paid, post, redirect, suspended, fixture } = operatorRefunds();

describe('operators', () => {
  describe('read the details of a refund', () => {
    it('with every call of the PS: the first, repeats and other content', async () => {
      const { alia, purchase } = await paid();
      const at = clock.now().toISOString();
      const body = { ...refundBody(purchase), refundId: 'Details1', refundAmount: '30.00' };
      const send = (changes: object, id: string) =>
        fixture.ps.send(JSON.stringify({ ...body, ...changes }), { 'x-request-id': id });
      expect((await send({}, 'req-1')).headers.get('x-request-id')).toBe('req-1');
      await drain();
      clock.advance(1000);
      const later = clock.now().toISOString();
      await send({ refundAmount: 30 }, 'req-2');
      await send({ refundAmount: '31.00' }, 'req-3');
      await send({ customerId: undefined, CUSTOMERID: alia.id, 'customerId ': alia.id, refundAmount: 30 }, 'req-4');

      const read = await detailsOf('Details1');
      const masked = `${alia.id.slice(0, 4)}*****`;
      const common = { httpStatus: 200, body: expect.stringContaining(masked) };
      expect(read.calls).toEqual([
        { ...common, receivedAt: at, requestId: 'req-1', resultCode: 'SUCCESS', remark: null },
        { ...common, receivedAt: later, requestId: 'req-2', resultCode: 'SUCCESS', remark: 'REPEATED' },
        { ...common, receivedAt: later, requestId: 'req-3', resultCode: 'PARAM_ILLEGAL', remark: 'OTHER_CONTENT' },
        { ...common, receivedAt: later, requestId: 'req-4', resultCode: 'SUCCESS', remark: 'REPEATED' },
      ]);
      for (const { body: kept } of read.calls) expect(kept).not.toContain(alia.id);
      expect(read.entries).toEqual([
        {
          id: expect.stringMatching(/^\d+$/),
          purpose: 'REFUND',
          debit: RECEIVABLE,
          credit: { id: alia.account, account: 'CUSTOMER' },
          amount: '30.00',
          bookedAt: at,
          corrects: null,
          reason: null,
          operator: null,
        },
      ]);
      expect(read.messages).toEqual([
        {
          id: expect.any(String),
          topic: 'creditRefund',
          status: 'DONE',
          attempts: 1,
          nextAttemptAt: null,
          lastError: null,
          createdAt: at,
          doneAt: at,
        },
      ]);
      expect(read).toMatchObject({ status: 'CREDITED', resultMessage: 'success', audit: [] });
      expect(read).toMatchObject({ alerts: [{ kind: 'REFUND_REFUSED' }] });
    });

    it('that was refused, with the reason and each call', async () => {
      const body = { refundId: 'Details2', paymentId: 'unknown-purchase' };
      await fixture.ps.refund(body);
      await fixture.ps.refund(body);
      expect(await detailsOf('Details2')).toMatchObject({
        status: 'REFUSED',
        refusal: 'UNKNOWN_PAYMENT',
        calls: [
          { resultCode: 'PARAM_ILLEGAL', remark: 'UNKNOWN_PAYMENT' },
          { resultCode: 'PARAM_ILLEGAL', remark: 'REPEATED' },
        ],
        entries: [],
        messages: [],
        alerts: [{ kind: 'REFUND_REFUSED' }],
      });
    });

    it('that was in suspense, with both entries, alerts and actions of operators', async () => {
      const { alia } = await suspended('Details3');
      const at = clock.now().toISOString();
      const other = await fixture.server.mpp.open(alia.id, '0.00');
      clock.advance(1000);
      const answer = await redirect('Details3', other.toUpperCase());
      expect(answer.status).toBe(200);
      const read = await detailsOf('Details3');
      expect(answer.body).toEqual(read);
      expect(read).toMatchObject({
        status: 'CREDITED',
        suspendedAt: at,
        creditedAt: clock.now().toISOString(),
        creditedAccountId: other,
        entries: [
          { purpose: 'REFUND', debit: RECEIVABLE, credit: SUSPENSE, amount: '30.00' },
          { purpose: 'REFUND_RELEASE', debit: SUSPENSE, credit: { id: other, account: 'CUSTOMER' }, amount: '30.00' },
        ],
        messages: [{ topic: 'creditRefund', status: 'DONE' }],
        audit: [
          {
            at: clock.now().toISOString(),
            actor: 'aigerim',
            action: 'REFUND_REDIRECTED',
            reason: 'case 4712',
            details: { accountId: other },
          },
        ],
      });
      expect(read.alerts.map(({ kind }) => kind)).toEqual(['REFUND_IN_SUSPENSE', 'REFUND_TO_OTHER_ACCOUNT']);
    });

    it('and get 404 for an unknown refund', async () => {
      for (const path of [
        'refunds/Unknown',
        `refunds/${'r'.repeat(64)}`,
        `refunds/${'r'.repeat(65)}`,
        'refunds/a%00b',
      ]) {
        expectProblem(await get(path), 404, 'NOT_FOUND');
      }
    });

    it.each([
      'Ref/1',
      'Ref%2F1',
      'Ref%1',
      '100%',
      'Возврат № 1',
      'a b',
      ' a',
      'a?b#c',
      'a+b&c=d',
      '..a',
      'r'.repeat(64),
      'Ы'.repeat(64),
      '/'.repeat(64),
      '𝄞'.repeat(64),
    ])('by any refundId of the PS: %j', async (refundId) => {
      const { alia, purchase } = await paid();
      expect((await fixture.ps.refund({ ...purchase, refundId })).result).toEqual(ACCEPTED);
      await drain();
      expect(await detailsOf(refundId)).toMatchObject({ refundId, status: 'CREDITED', calls: [{}] });
      expectProblem(await post(`${encodeURIComponent(refundId)}/retry`), 409, 'STATE_CONFLICT');
      const token = await fixture.server.mpp.customerToken(alia.id);
      const hers = await fixture.server.mpp.call('GET', `/v1/refunds/${encodeURIComponent(refundId)}`, { token });
      expect(hers).toMatchObject({ status: 200, body: { refundId } });
      const alerts = await get<RefundPage>(`alerts?subject=${encodeURIComponent(refundId)}`);
      expect(alerts.body.items).toEqual([]);
    });
  });
});
