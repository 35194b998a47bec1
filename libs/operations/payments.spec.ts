import { describe, expect, it } from '@jest/globals';
import { LINKS, type Reply, refusal } from '../../test/support/kaspi-peer.js';
import type { Answer } from '../../test/support/mpp.js';
import { departures, type OpenApi } from '../../test/support/openapi.js';
import {
  operatorPayments,
  type Page,
  type Part,
  type PaymentDetails,
  SUCCESS,
  UNKNOWN_ID,
} from '../../test/support/operator-payments.js';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { until } from '../../test/support/until.js';

const IN_TRANSIT = { id: '00000000-0000-7000-8000-000000000002', account: 'IN_TRANSIT' };
const PAYABLE = { id: '00000000-0000-7000-8000-000000000003', account: 'PAYABLE_TO_KASPI' };

const { world, clock, customer, drain, scan, pay, doubted, as, get, post, detailsOf, resolve, found } =
  operatorPayments();

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
        world.server.mpp.call<Problem>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      for (const role of ['support', 'operations', 'accounting', 'admin']) {
        const answer = await call(await as(role));
        if (allowed.includes(role)) expect({ role, status: answer.status }).not.toMatchObject({ status: 403 });
        else expectProblem(answer, 403, 'FORBIDDEN');
      }
      expectProblem(await call(await world.server.mpp.customerToken('900900000001')), 403, 'FORBIDDEN');
      expectProblem(await call(null), 401, 'UNAUTHENTICATED');
    });
  });

  describe('find payments', () => {
    it('of any customer, newest first, with their outcome', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const confirmed = await pay(alia);
      world.notify = () => refusal('RISK_REJECT');
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
      expect(await found('customerId=nobody')).toEqual([]);
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

  describe('read the details of a payment', () => {
    it('that Kaspi confirmed', async () => {
      const alia = await customer();
      const begin = clock.now().toISOString();
      world.notify = () => {
        clock.advance(250);
        return { json: { result: SUCCESS, ...LINKS } };
      };
      const id = await pay(alia);
      const end = clock.now().toISOString();
      const read = await get<PaymentDetails>(`payments/${id.toUpperCase()}`, 'accounting');
      expect(read.status).toBe(200);
      const [scanned, notified] = world.kaspi.arrived.map(({ headers }) => headers['x-request-id']);
      const answered = { attempt: 1, outcome: 'ANSWERED', httpStatus: 200, resultCode: 'SUCCESS', meaning: 'Done.' };
      const bought = {
        amount: '100.00',
        id: expect.stringMatching(/^\d+$/),
        corrects: null,
        reason: null,
        operator: null,
      };
      const hers = { id: alia.account, account: 'CUSTOMER' };
      expect(read.body).toMatchObject({ id, status: 'CONFIRMED', service: null, receipt: LINKS, audit: [] });
      expect(read.body.history).toEqual([
        { version: 0, status: 'AWAITING_CONFIRMATION', reason: null, at: begin },
        { version: 1, status: 'PROCESSING', reason: null, at: begin },
        { version: 2, status: 'CONFIRMED', reason: null, at: end },
      ]);
      expect(read.body.exchanges).toMatchObject([
        { ...answered, method: 'scan', requestId: scanned, startedAt: begin, durationMs: 0 },
        { ...answered, method: 'notifyPayment', requestId: notified, finishedAt: end, durationMs: 250 },
      ]);
      expect(read.body.exchanges[1]?.answer).toBe(JSON.stringify({ result: SUCCESS, ...LINKS }));
      expect(read.body.entries).toEqual([
        { ...bought, purpose: 'PAYMENT', debit: hers, credit: IN_TRANSIT, bookedAt: begin },
        { ...bought, purpose: 'SETTLEMENT', debit: IN_TRANSIT, credit: PAYABLE, bookedAt: end },
      ]);
      expect(read.body.messages).toEqual([
        {
          id: expect.any(String),
          topic: 'notifyPayment',
          status: 'DONE',
          attempts: 1,
          nextAttemptAt: null,
          lastError: null,
          createdAt: begin,
          doneAt: end,
        },
      ]);
    });

    it('while a call to the PS is under way and has no outcome yet', async () => {
      const alia = await customer();
      let answer: (reply: Reply) => void = () => undefined;
      world.notify = () =>
        new Promise((answered) => {
          answer = answered;
        });
      const id = await scan(alia);
      await alia.confirm(id);
      await until(
        'the call to the PS',
        () => world.kaspi.of('notifyPayment'),
        (asked) => asked.length === 1,
      );
      const asked = await detailsOf(id);
      expect(asked).toMatchObject({ status: 'PROCESSING', messages: [{ status: 'IN_FLIGHT' }] });
      const open = { outcome: null, finishedAt: null, durationMs: null, httpStatus: null, resultCode: null };
      expect(asked.exchanges[1]).toMatchObject({ ...open, meaning: null, answer: null });

      // An attempt that is under way is left alone.
      const retried = await post<Part>(`outbox/${asked.messages[0]?.id}/retry`);
      expect(retried).toMatchObject({ status: 200, body: { status: 'IN_FLIGHT', attempts: 1 } });
      answer({ json: { result: SUCCESS, ...LINKS } });
      await drain();
      expect(world.kaspi.of('notifyPayment')).toHaveLength(1);
      expect(await detailsOf(id)).toMatchObject({ status: 'CONFIRMED', audit: [] });
    });

    it('with the customer and the values of the form masked in it', async () => {
      const alia = await customer();
      const [plate, phone] = ['547RBA02', '87015550101'];
      const parameters = [
        { id: 1, name: 'Госномер', value: '' },
        { id: 2, name: 'Телефон', value: phone },
        { id: 3, name: 'Зона', value: '', options: [{ key: 'A1', label: 'Зона A1' }] },
        { id: 4, name: 'Комментарий', value: '' },
      ];
      const paymentData = { serviceId: 2862, serviceName: 'Парковка', parameters };
      world.kaspi.script = ({ path, body }) => {
        if (path.endsWith('/notifyPayment')) return refusal('UNKNOWN_CUSTOMER');
        if (path.endsWith('/checkout')) return { json: { result: SUCCESS, paymentAmount: 100, ...JSON.parse(body) } };
        const payment = { paymentId: 'ps-form' };
        return { json: { result: SUCCESS, qrCodeType: 'Custom', payment, paymentData, customerId: alia.id } };
      };
      const id = await scan(alia, 'form');
      const values = async () =>
        (await detailsOf(id)).service as { name: string; parameters: { value: string | null; options: Part[] }[] };
      expect((await values()).parameters.map(({ value }) => value)).toEqual([null, '*****', null, null]);

      const given = [
        { id: 1, value: plate },
        { id: 3, value: 'A1' },
        { id: 4, value: 'Дом 12' },
      ];
      const token = await world.server.mpp.customerToken(alia.id);
      const priced = await world.server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
        token,
        body: { parameters: given },
      });
      expect(priced).toMatchObject({ status: 200, body: { amount: '100.00' } });
      await alia.confirm(id);
      await drain();

      const { exchanges, ...rest } = await detailsOf(id);
      expect(exchanges.map(({ method }) => method)).toEqual(['scan', 'checkout', 'notifyPayment']);
      expect(world.kaspi.arrived.map(({ body }) => body).join()).toContain(plate);
      for (const personal of [alia.id, plate, phone, 'Дом 12'])
        expect(JSON.stringify(exchanges)).not.toContain(personal);
      for (const filledIn of [plate, phone, 'Дом 12']) expect(JSON.stringify(rest)).not.toContain(filledIn);
      const masked = ['*****', '*****', '*****', '*****'];
      expect((await values()).parameters.map(({ value }) => value)).toEqual(masked);
      expect(await values()).toMatchObject({ id: 2862, name: 'Парковка' });
      expect((await values()).parameters[2]?.options).toEqual([{ key: 'A1', label: 'Зона A1', description: null }]);
    });

    it.each([UNKNOWN_ID, 'payment', '%00', '019b1f7e'])('and get 404 for %s', async (id) => {
      expectProblem(await get(`payments/${id}`), 404, 'NOT_FOUND');
      expectProblem(await resolve(id, 'REVERSED'), 404, 'NOT_FOUND');
    });
  });

  it('get answers that match the OpenAPI document', async () => {
    const response = await fetch(`${world.server.publicUrl}/docs/ops.json`);
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
      const answer = await world.server.mpp.call(method, path.replace('{id}', id ?? ''), {
        token: world.aigerim,
        body: sent,
      });
      const schema = document.paths[path]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json'];
      expect({ path, status: answer.status, schema }).toEqual({ path, status: 200, schema: expect.any(Object) });
      expect([path, departures(answer.body, schema?.schema ?? {}, document)]).toEqual([path, []]);
    }
  });

  it('leave balanced books', async () => {
    expect(await world.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
