import { describe, expect, it } from '@jest/globals';
import { LINKS, refusal } from '../../../test/support/kaspi-peer.js';
import type { Answer } from '../../../test/support/mpp.js';
import { departures, type OpenApi } from '../../../test/support/openapi.js';
import { operatorPayments, type Page, UNKNOWN_ID } from '../../../test/support/operator-payments.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';

const { as, clock, customer, detailsOf, doubted, found, get, pay, resolve, scan, fixture } = operatorPayments();

describe('operators', () => {
  describe('are authorised by role', () => {
    const calls: [string, string, string[]][] = [
      ['GET', 'payments', ['support', 'operations', 'accounting', 'admin']],
      ['GET', `payments/${UNKNOWN_ID}`, ['support', 'operations', 'accounting', 'admin']],
      ['POST', `payments/${UNKNOWN_ID}/resolve`, ['operations', 'admin']],
      ['GET', 'outbox', ['support', 'operations', 'admin']],
      ['POST', `outbox/${UNKNOWN_ID}/retry`, ['operations', 'admin']],
      ['GET', 'kaspi-health', ['support', 'operations', 'admin']],
      ['GET', 'refund-scans', ['support', 'operations', 'admin']],
    ];

    it.each(calls)('%s /ops/v1/%s: %j', async (method, path, allowed) => {
      const body = method === 'POST' ? { outcome: 'CONFIRMED', reason: 'case 4711' } : undefined;
      const call = (token: string | null) =>
        fixture.server.mpp.call<Problem>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      for (const role of ['support', 'operations', 'accounting', 'admin']) {
        const answer = await call(await as(role));
        if (allowed.includes(role)) expect({ role, status: answer.status }).not.toMatchObject({ status: 403 });
        else expectProblem(answer, 403, 'FORBIDDEN');
      }
      expectProblem(await call(await fixture.server.mpp.customerToken('900900000001')), 403, 'FORBIDDEN');
      expectProblem(await call(null), 401, 'UNAUTHENTICATED');
    });
  });

  describe('find payments', () => {
    it('of any customer, newest first, with their outcome', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const confirmed = await pay(alia);
      fixture.notify = () => refusal('RISK_REJECT');
      clock.advance(1000);
      const reversed = await pay(bekzat);
      const { items } = (await get<Page>('payments?limit=2', 'accounting')).body;
      const common = { qrCodeType: 'Dynamic', amount: '100.00', currency: 'KZT', refundedAmount: '0.00' };
      const read = { notifyResult: 'SUCCESS', settledBy: 'KASPI', confirmUntil: '2099-03-10T06:00:00.000Z' };
      const at = clock.now().toISOString();
      const before = new Date(clock.now().getTime() - 1000).toISOString();
      expect(items).toEqual([
        {
          ...common,
          ...read,
          id: reversed,
          kaspiPaymentId: `ps-purchase-${bekzat.id}`,
          customerId: bekzat.id,
          accountId: bekzat.account,
          status: 'REVERSED',
          merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
          failure: {
            code: 'KASPI_REFUSED',
            kaspiResultCode: 'RISK_REJECT',
            meaning: 'Kaspi’s risk control refused the purchase.',
          },
          contradiction: null,
          debitedAt: at,
          doubtedAt: null,
          confirmedAt: null,
          expiresAt: null,
          kaspiOperationId: null,
          receipt: null,
          createdAt: at,
          updatedAt: at,
        },
        expect.objectContaining({
          ...common,
          ...read,
          id: confirmed,
          status: 'CONFIRMED',
          failure: null,
          confirmedAt: before,
          kaspiOperationId: 'QR2509155449',
          receipt: LINKS,
        }),
      ]);
    });

    it('by status, customer, purchase and time, alone and together', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const waiting = await scan(alia, `first-${alia.id}`);
      const begin = clock.now();
      clock.advance(1000);
      const paid = await pay(alia, `second-${alia.id}`);
      const end = clock.now();
      clock.advance(1000);
      const others = await pay(bekzat);
      const alias = `customerId=${alia.id}`;
      expect(await found(alias)).toEqual([paid, waiting]);
      expect(await found(`${alias}&status=CONFIRMED`)).toEqual([paid]);
      expect(await found(`${alias}&status=AWAITING_CONFIRMATION`)).toEqual([waiting]);
      expect(await found(`${alias}&status=IN_DOUBT`)).toEqual([]);
      expect(await found(`kaspiPaymentId=ps-first-${alia.id}`)).toEqual([waiting]);
      expect(await found(`from=${begin.toISOString()}`)).toEqual([others, paid, waiting]);
      expect(await found(`from=${end.toISOString()}`)).toEqual([others, paid]);
      expect(await found(`from=${begin.toISOString()}&to=${end.toISOString()}`)).toEqual([waiting]);
      expect(await found(`from=${end.toISOString()}&to=${end.toISOString()}`)).toEqual([]);
      const almaty = encodeURIComponent(end.toISOString().replace('Z', '+00:00'));
      expect(await found(`${alias}&status=CONFIRMED&kaspiPaymentId=ps-second-${alia.id}&from=${almaty}`)).toEqual([
        paid,
      ]);
      expect(await found('customerId=unknown')).toEqual([]);
    });

    it('page by page, each payment once', async () => {
      const alia = await customer();
      const ids: string[] = [];
      // Of two with the same time the id decides.
      for (let number = 1; number <= 5; number++) {
        if (number % 2 === 0) clock.advance(1000);
        ids.unshift(await scan(alia, `page-${number}-${alia.id}`));
      }
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body }: Answer<Page> = await get<Page>(`payments?customerId=${alia.id}&limit=2${from}`);
        seen.push(...body.items.map(({ id }) => id));
        cursor = body.nextCursor;
      }
      expect(seen).toHaveLength(5);
      expect(new Set(seen)).toEqual(new Set(ids));
      expect(seen[0]).toBe([...ids.slice(0, 2)].sort().at(-1));
    });

    it.each([
      ['an unknown status', 'status=PAID', 'status'],
      ['two statuses', 'status=CONFIRMED&status=REVERSED', 'status'],
      ['a day instead of a moment', 'from=2026-03-10', 'from'],
      ['a moment without its offset', 'to=2026-03-10T06:00:00', 'to'],
      ['a day that does not exist', 'to=2026-02-30T00:00:00Z', 'to'],
      ['a period that ends before it begins', 'from=2026-03-10T06:00:01Z&to=2026-03-10T12:00:00%2B06:00', 'from'],
      ['a customer of 13 characters', 'customerId=9009000000012', 'customerId'],
      ['a purchase with a NUL in it', 'kaspiPaymentId=a%00b', 'kaspiPaymentId'],
      ['a flag that is neither true nor false', 'contradicted=perhaps', 'contradicted'],
      ['a limit of zero', 'limit=0', 'limit'],
      ['an unknown cursor', 'cursor=abc', 'cursor'],
    ])('and get 400 for %s', async (_, query, field) => {
      const answer = await get(`payments?${query}`);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors?.map((error) => error.field)).toEqual([field]);
    });
  });

  it('get answers that match the OpenAPI document', async () => {
    const response = await fetch(`${fixture.server.publicUrl}/docs/ops.json`);
    const document = (await response.json()) as OpenApi;
    const settled = await doubted(await customer());
    await resolve(settled, 'CONFIRMED');
    const inDoubt = await doubted(await customer());
    const [message] = (await detailsOf(inDoubt)).messages;
    const body = { outcome: 'REVERSED', reason: 'case 4711' };
    const calls: [string, string, object?][] = [
      ['GET', '/ops/v1/payments'],
      ['GET', '/ops/v1/payments/{id}'],
      ['POST', '/ops/v1/outbox/{id}/retry'],
      ['POST', '/ops/v1/payments/{id}/resolve', body],
      ['GET', '/ops/v1/outbox'],
      ['GET', '/ops/v1/kaspi-health'],
      ['GET', '/ops/v1/refund-scans'],
    ];
    const described = Object.keys(document.paths).filter((path) => calls.some(([, called]) => called === path));
    expect(described.toSorted()).toEqual(calls.map(([, path]) => path).toSorted());
    for (const [method, path, sent] of calls) {
      const id = path.includes('outbox') ? message?.id : inDoubt;
      const answer = await fixture.server.mpp.call(method, path.replace('{id}', id ?? ''), {
        token: fixture.aigerim,
        body: sent,
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
