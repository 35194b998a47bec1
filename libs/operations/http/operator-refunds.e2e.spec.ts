import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../test/support/mpp.js';
import { departures, type OpenApi } from '../../../test/support/openapi.js';
import { MINUTE, operatorRefunds, type RefundPage } from '../../../test/support/operator-refunds.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';
import { ACCEPTED, refundBody } from '../../../test/support/ps-refunds.js';

const ROLES = ['support', 'operations', 'accounting', 'admin'];

const { as, clock, credited, drain, found, get, paid, suspended, fixture } = operatorRefunds();

describe('operators', () => {
  describe('are authorised by role', () => {
    const calls: [string, string, string[], object | undefined][] = [
      ['GET', 'refunds', ROLES, undefined],
      ['GET', 'refunds/Unknown', ROLES, undefined],
      ['POST', 'refunds/Unknown/retry', ['operations', 'admin'], undefined],
      ['POST', 'refunds/Unknown/recheck', ['operations', 'admin'], { reason: 'case 1' }],
      ['POST', 'refunds/Unknown/redirect', ['operations', 'admin'], { accountId: randomUUID(), reason: 'case 1' }],
    ];

    it.each(calls)('%s /ops/v1/%s: %j', async (method, path, allowed, body) => {
      const call = (token: string | null) =>
        fixture.server.mpp.call<Problem>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      for (const role of ROLES) {
        const answer = await call(await as(role));
        if (!allowed.includes(role)) expectProblem(answer, 403, 'FORBIDDEN');
        else if (path === 'refunds') expect(answer.status).toBe(200);
        else expectProblem(answer, 404, 'NOT_FOUND');
      }
      expectProblem(await call(await fixture.server.mpp.customerToken('900900000001')), 403, 'FORBIDDEN');
      expectProblem(await call(null), 401, 'UNAUTHENTICATED');
      expectProblem(await call('no token'), 401, 'UNAUTHENTICATED');
    });
  });

  describe('find refunds', () => {
    it('of any customer, newest first, refused ones included, with their outcome', async () => {
      const { alia, id, purchase } = await credited('Find1');
      const at = clock.now().toISOString();
      clock.advance(1000);
      await fixture.ps.refund({ ...purchase, refundId: 'Find2', refundAmount: '70.01' });
      clock.advance(1000);
      await fixture.ps.refund({ refundId: 'Find3', refundAmount: '-1' });
      const { items } = (await get<RefundPage>('refunds?limit=3', 'accounting')).body;
      const { linkReceipt, pdfReceipt } = refundBody();
      expect(items).toEqual([
        expect.objectContaining({
          refundId: 'Find3',
          status: 'REFUSED',
          refusal: 'AMOUNT',
          amount: null,
          paymentId: null,
        }),
        expect.objectContaining({
          refundId: 'Find2',
          status: 'REFUSED',
          resultCode: 'PARAM_ILLEGAL',
          resultMessage: 'refundAmount is above what is left of the payment',
          refusal: 'ABOVE_PAYMENT',
          customerId: alia.id,
          kaspiPaymentId: purchase.paymentId,
          amount: '70.01',
          creditBy: null,
          timeLeftMs: null,
          overdue: false,
        }),
        {
          refundId: 'Find1',
          status: 'CREDITED',
          ...ACCEPTED,
          refusal: null,
          customerId: alia.id,
          paymentId: id,
          kaspiPaymentId: purchase.paymentId,
          amount: '30.00',
          creditBy: new Date(new Date(at).getTime() + 60 * MINUTE).toISOString(),
          timeLeftMs: null,
          overdue: false,
          suspendedAt: null,
          creditedAt: at,
          creditedAccountId: alia.account,
          kaspiOperationId: 'QR2509509530',
          receipt: { linkReceipt, pdfReceipt },
          recheckAt: null,
          takenUpAt: null,
          createdAt: at,
        },
      ]);
    });

    it('by status, customer, purchase and being overdue, alone and together', async () => {
      const { alia, purchase } = await credited('By1');
      clock.advance(1000);
      await fixture.ps.refund({ ...purchase, refundId: 'By2', refundAmount: '70.01' });
      clock.advance(1000);
      const { alia: bekzat, purchase: other } = await suspended('By3');
      const alias = `customerId=${alia.id}`;
      expect(await found(alias)).toEqual(['By2', 'By1']);
      expect(await found(`${alias}&status=CREDITED`)).toEqual(['By1']);
      expect(await found(`${alias}&status=REFUSED`)).toEqual(['By2']);
      expect(await found(`${alias}&status=ACCEPTED`)).toEqual([]);
      expect(await found(`${alias}&status=SUSPENDED`)).toEqual([]);
      expect(await found(`kaspiPaymentId=${purchase.paymentId}`)).toEqual(['By2', 'By1']);
      expect(await found(`kaspiPaymentId=${other.paymentId}&status=SUSPENDED&customerId=${bekzat.id}`)).toEqual([
        'By3',
      ]);
      expect(await found(`kaspiPaymentId=${other.paymentId}&${alias}`)).toEqual([]);
      const bekzats = `customerId=${bekzat.id}`;
      expect(await found(`${bekzats}&overdue=true`)).toEqual([]);
      expect(await found(`${bekzats}&overdue=false`)).toEqual(['By3']);
      clock.advance(60 * MINUTE);
      expect(await found(`${bekzats}&overdue=true`)).toEqual(['By3']);
      expect(await found(`${bekzats}&overdue=true&status=SUSPENDED`)).toEqual(['By3']);
      expect(await found(`${bekzats}&overdue=true&status=CREDITED`)).toEqual([]);
      // Credited and refused refunds are not overdue.
      expect(await found(`${alias}&overdue=true`)).toEqual([]);
      await fixture.server.mpp.open(bekzat.id, '0.00');
      await drain();
      expect(await found(`${bekzats}&overdue=true`)).toEqual([]);
    });

    it('page by page, each refund once', async () => {
      const { alia, purchase } = await paid();
      const all: string[] = [];
      // Of two with the same time the id decides.
      for (let number = 1; number <= 5; number++) {
        if (number % 2 === 0) clock.advance(1000);
        await fixture.ps.refund({ ...purchase, refundId: `Page${number}`, refundAmount: number });
        all.push(`Page${number}`);
      }
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body }: Answer<RefundPage> = await get<RefundPage>(`refunds?customerId=${alia.id}&limit=2${from}`);
        expect(body.items.length).toBeLessThanOrEqual(2);
        seen.push(...body.items.map(({ refundId }) => refundId));
        cursor = body.nextCursor;
      }
      expect(seen).toHaveLength(5);
      expect(new Set(seen)).toEqual(new Set(all));
      expect(seen.at(-1)).toBe('Page1');
    });

    it.each([
      ['an unknown status', 'status=PAID', 'status'],
      ['two statuses', 'status=CREDITED&status=REFUSED', 'status'],
      ['a flag that is neither true nor false', 'overdue=perhaps', 'overdue'],
      ['a customer of 13 characters', 'customerId=9009000000012', 'customerId'],
      ['a purchase with a NUL in it', 'kaspiPaymentId=a%00b', 'kaspiPaymentId'],
      ['an empty purchase', 'kaspiPaymentId=', 'kaspiPaymentId'],
      ['a limit of zero', 'limit=0', 'limit'],
      ['an unknown cursor', 'cursor=abc', 'cursor'],
    ])('and get 400 for %s', async (_, query, field) => {
      const answer = await get(`refunds?${query}`);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors?.map((error) => error.field)).toEqual([field]);
    });
  });

  it('get answers that match the OpenAPI document', async () => {
    const document = (await (await fetch(`${fixture.server.publicUrl}/docs/ops.json`)).json()) as OpenApi;
    await suspended('Document');
    const paths: [string, string, object?][] = [
      ['GET', '/ops/v1/refunds'],
      ['GET', '/ops/v1/refunds/{refundId}'],
      ['POST', '/ops/v1/refunds/{refundId}/retry'],
      ['GET', '/ops/v1/alerts'],
    ];
    for (const [method, path] of paths) {
      const answer = await fixture.server.mpp.call(method, path.replace('{refundId}', 'Document'), {
        token: fixture.aigerim,
      });
      const schema = document.paths[path]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json'];
      expect({ path, status: answer.status, schema }).toEqual({ path, status: 200, schema: expect.any(Object) });
      expect([path, departures(answer.body, schema?.schema ?? {}, document)]).toEqual([path, []]);
    }
  });

  it('leave balanced books', async () => {
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
