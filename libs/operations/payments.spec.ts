import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { happyKaspi, KaspiPeer, LINKS, type Reply, refusal } from '../../test/support/kaspi-peer.js';
import { type Answer, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { departures, type OpenApi } from '../../test/support/openapi.js';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';

type Part = Record<string, unknown>;
interface PaymentDetails extends Part {
  id: string;
  exchanges: Part[];
  messages: (Part & { id: string })[];
  audit: Part[];
}
interface Page extends Part {
  items: (Part & { id: string })[];
  nextCursor: string | null;
}

/** The default of NOTIFY_RETRY_MAX_MS. */
const LONGEST_PAUSE_MS = 60_000;
const IN_DOUBT_AFTER_MS = 60_000;
const DEADLINE = '2099-03-10T12:00:00+06';
const SUCCESS = { resultCode: 'SUCCESS', resultMessage: 'success' };
const NOBODY = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';
const IN_TRANSIT = { id: '00000000-0000-7000-8000-000000000002', account: 'IN_TRANSIT' };
const PAYABLE = { id: '00000000-0000-7000-8000-000000000003', account: 'PAYABLE_TO_KASPI' };
const DIFFERENCES = { id: '00000000-0000-7000-8000-000000000004', account: 'DIFFERENCES' };

describe('operators', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let aigerim: string;
  let notify: () => Reply | Promise<Reply>;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '0',
      IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS),
      KASPI_AWAY_AFTER: '1000',
    };
    server = await startTestServer(env, clock);
    const named = { roles: ['operations'], name: 'aigerim' };
    aigerim = (await server.mpp.call<{ token: string }>('POST', '/dev/token', { body: named })).body.token;
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(async () => {
    notify = () => ({ json: { result: SUCCESS, ...LINKS } });
    const scans = happyKaspi({ confirmUntil: DEADLINE });
    kaspi.script = (request, index) => (request.path.endsWith('/notifyPayment') ? notify() : scans(request, index));
    // Messages of earlier tests are delivered first.
    clock.advance(LONGEST_PAUSE_MS);
    await drain();
    kaspi.arrived.length = 0;
  });

  const customer = () => server.mpp.customer();
  type Customer = Awaited<ReturnType<typeof customer>>;

  const drain = () => server.app.get(Outbox).drainOnce();
  const scan = async (who: Customer, qrCode = `purchase-${who.id}`) => (await who.scan(qrCode)).body.payment.id;
  /** Confirmed by the customer, with one notify attempt. */
  async function pay(who: Customer, qrCode?: string): Promise<string> {
    const id = await scan(who, qrCode);
    await who.confirm(id);
    await drain();
    return id;
  }
  /** Debited, and without an answer of the PS for too long. */
  async function doubted(who: Customer): Promise<string> {
    notify = () => 'reset';
    const id = await pay(who);
    clock.advance(IN_DOUBT_AFTER_MS);
    await drain();
    return id;
  }

  const as = (role: string) => server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem>(path: string, body?: unknown, token = aigerim): Promise<Answer<Body>> =>
    server.mpp.call<Body>('POST', `/ops/v1/${path}`, { token, body });
  const detailsOf = async (id: string) => (await get<PaymentDetails>(`payments/${id}`)).body;
  const resolve = (id: string, outcome: string, reason = 'case 4711') =>
    post<Problem & PaymentDetails>(`payments/${id}/resolve`, { outcome, reason });
  const found = async (query: string) => {
    const { status, body } = await get<Page>(`payments?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ id }) => id);
  };

  describe('are authorised by role', () => {
    const calls: [string, string, string[]][] = [
      ['GET', 'payments', ['support', 'operations', 'accounting', 'admin']],
      ['GET', `payments/${NOBODY}`, ['support', 'operations', 'accounting', 'admin']],
      ['POST', `payments/${NOBODY}/resolve`, ['operations', 'admin']],
      ['GET', 'outbox', ['support', 'operations', 'admin']],
      ['POST', `outbox/${NOBODY}/retry`, ['operations', 'admin']],
      ['GET', 'kaspi-health', ['support', 'operations', 'admin']],
      ['GET', 'refund-scans', ['support', 'operations', 'admin']],
    ];

    it.each(calls)('%s /ops/v1/%s: %j', async (method, path, allowed) => {
      const body = method === 'POST' ? { outcome: 'CONFIRMED', reason: 'case 4711' } : undefined;
      const call = (token: string | null) =>
        server.mpp.call<Problem>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      for (const role of ['support', 'operations', 'accounting', 'admin']) {
        const answer = await call(await as(role));
        if (allowed.includes(role)) expect({ role, status: answer.status }).not.toMatchObject({ status: 403 });
        else expectProblem(answer, 403, 'FORBIDDEN');
      }
      expectProblem(await call(await server.mpp.customerToken('900900000001')), 403, 'FORBIDDEN');
      expectProblem(await call(null), 401, 'UNAUTHENTICATED');
    });
  });

  describe('find payments', () => {
    it('of any customer, newest first, with their outcome', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const confirmed = await pay(alia);
      notify = () => refusal('RISK_REJECT');
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
      notify = () => {
        clock.advance(250);
        return { json: { result: SUCCESS, ...LINKS } };
      };
      const id = await pay(alia);
      const end = clock.now().toISOString();
      const read = await get<PaymentDetails>(`payments/${id.toUpperCase()}`, 'accounting');
      expect(read.status).toBe(200);
      const [scanned, notified] = kaspi.arrived.map(({ headers }) => headers['x-request-id']);
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
      notify = () =>
        new Promise((answered) => {
          answer = answered;
        });
      const id = await scan(alia);
      await alia.confirm(id);
      await until(
        'the call to the PS',
        () => kaspi.of('notifyPayment'),
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
      expect(kaspi.of('notifyPayment')).toHaveLength(1);
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
      kaspi.script = ({ path, body }) => {
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
      const token = await server.mpp.customerToken(alia.id);
      const priced = await server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
        token,
        body: { parameters: given },
      });
      expect(priced).toMatchObject({ status: 200, body: { amount: '100.00' } });
      await alia.confirm(id);
      await drain();

      const { exchanges, ...rest } = await detailsOf(id);
      expect(exchanges.map(({ method }) => method)).toEqual(['scan', 'checkout', 'notifyPayment']);
      expect(kaspi.arrived.map(({ body }) => body).join()).toContain(plate);
      for (const personal of [alia.id, plate, phone, 'Дом 12'])
        expect(JSON.stringify(exchanges)).not.toContain(personal);
      for (const filledIn of [plate, phone, 'Дом 12']) expect(JSON.stringify(rest)).not.toContain(filledIn);
      const masked = ['*****', '*****', '*****', '*****'];
      expect((await values()).parameters.map(({ value }) => value)).toEqual(masked);
      expect(await values()).toMatchObject({ id: 2862, name: 'Парковка' });
      expect((await values()).parameters[2]?.options).toEqual([{ key: 'A1', label: 'Зона A1', description: null }]);
    });

    it.each([NOBODY, 'payment', '%00', '019b1f7e'])('and get 404 for %s', async (id) => {
      expectProblem(await get(`payments/${id}`), 404, 'NOT_FOUND');
      expectProblem(await resolve(id, 'REVERSED'), 404, 'NOT_FOUND');
    });
  });

  describe('settle a payment in doubt', () => {
    it('as confirmed: the money is owed to Kaspi, and the notify goes on for the receipt', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      expect(await found(`status=IN_DOUBT&customerId=${alia.id}`)).toEqual([id]);
      const at = clock.now().toISOString();
      const resolved = await resolve(id, 'CONFIRMED', 'Kaspi support: paid');
      expect(resolved.status).toBe(200);
      expect(resolved.body).toMatchObject({
        status: 'CONFIRMED',
        settledBy: 'OPERATOR',
        doubtedAt: at,
        confirmedAt: at,
        receipt: null,
        exchanges: [{ method: 'scan' }, { attempt: 1, outcome: 'UNKNOWN', meaning: null }, { attempt: 2 }],
        entries: [{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT', debit: IN_TRANSIT, credit: PAYABLE }],
        messages: [{ status: 'WAITING', attempts: 2 }],
      });
      const audited = { actor: 'aigerim', action: 'PAYMENT_RESOLVED', reason: 'Kaspi support: paid' };
      expect(resolved.body.audit).toEqual([{ ...audited, at, details: { outcome: 'CONFIRMED' } }]);
      expect(await detailsOf(id)).toEqual(resolved.body);
      expect(await alia.balance()).toBe('900.00');

      notify = () => ({ json: { result: SUCCESS, ...LINKS } });
      expect(await post(`outbox/${resolved.body.messages[0]?.id}/retry`)).toMatchObject({ status: 200 });
      await drain();
      expect(await detailsOf(id)).toMatchObject({
        receipt: LINKS,
        contradiction: null,
        messages: [{ status: 'DONE', attempts: 3 }],
        audit: [{ action: 'PAYMENT_RESOLVED' }, { action: 'OUTBOX_RETRIED' }],
      });
    });

    it('as reversed: the customer gets the money back, and Kaspi is notified no more', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      const resolved = await resolve(id, 'REVERSED');
      const hers = { id: alia.account, account: 'CUSTOMER' };
      expect(resolved.body).toMatchObject({
        status: 'REVERSED',
        settledBy: 'OPERATOR',
        failure: { code: 'NOT_CONFIRMED', kaspiResultCode: null, meaning: null },
        history: [
          { status: 'AWAITING_CONFIRMATION' },
          { status: 'PROCESSING' },
          { status: 'IN_DOUBT' },
          { status: 'REVERSED', reason: 'NOT_CONFIRMED' },
        ],
        entries: [{ purpose: 'PAYMENT' }, { purpose: 'REVERSAL', debit: IN_TRANSIT, credit: hers }],
        messages: [{ status: 'DONE' }],
        audit: [{ actor: 'aigerim', details: { outcome: 'REVERSED' } }],
      });
      expect(await alia.balance()).toBe('1000.00');

      const asked = kaspi.of('notifyPayment').length;
      clock.advance(IN_DOUBT_AFTER_MS);
      expectProblem(await post(`outbox/${resolved.body.messages[0]?.id}/retry`), 409, 'STATE_CONFLICT');
      expect(await drain()).toMatchObject({ claimed: 0 });
      expect(kaspi.of('notifyPayment')).toHaveLength(asked);
      expect(await detailsOf(id)).toEqual(resolved.body);
    });

    it.each(['CONFIRMED', 'REVERSED'])(
      'once: a payment settled as %s cannot change, 409 for any repeat',
      async (outcome) => {
        const alia = await customer();
        const id = await doubted(alia);
        expect(await resolve(id, outcome)).toMatchObject({ status: 200 });
        const before = await detailsOf(id);
        for (const again of ['CONFIRMED', 'REVERSED']) expectProblem(await resolve(id, again), 409, 'STATE_CONFLICT');
        expect(await detailsOf(id)).toEqual(before);
      },
    );

    it('and no other payment: 409 for one that waits for its customer or for Kaspi', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      notify = () => 'reset';
      for (const id of [await scan(alia), await pay(bekzat)]) {
        const before = await detailsOf(id);
        expectProblem(await resolve(id, 'REVERSED'), 409, 'STATE_CONFLICT');
        expect(await detailsOf(id)).toEqual(before);
      }
    });

    it('and see a later contradiction of Kaspi among the differences', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      await resolve(id, 'CONFIRMED');
      notify = () => refusal('RISK_REJECT');
      clock.advance(IN_DOUBT_AFTER_MS);
      await drain();
      const other = await scan(alia, `other-${alia.id}`);
      expect(await found('contradicted=true')).toEqual([id]);
      expect(await found(`contradicted=false&customerId=${alia.id}`)).toEqual([other, id]);
      const meaning = 'Kaspi’s risk control refused the purchase.';
      const read = await detailsOf(id);
      expect(read).toMatchObject({
        status: 'CONFIRMED',
        contradiction: { resultCode: 'RISK_REJECT', at: clock.now().toISOString(), meaning },
      });
      expect((read.entries as Part[])[2]).toMatchObject({ purpose: 'DIFFERENCE', debit: PAYABLE, credit: DIFFERENCES });
    });

    it.each([
      ['without a reason', { outcome: 'REVERSED' }, 'reason'],
      ['with a reason of two characters', { outcome: 'REVERSED', reason: 'ok' }, 'reason'],
      ['with a reason of 501 characters', { outcome: 'REVERSED', reason: 'ж'.repeat(501) }, 'reason'],
      ['with a blank reason', { outcome: 'REVERSED', reason: ' \u00a0\u2003 ' }, 'reason'],
      ['with a line break in the reason', { outcome: 'REVERSED', reason: 'case\n4711' }, 'reason'],
      ['with a NUL in the reason', { outcome: 'REVERSED', reason: 'case\0 4711' }, 'reason'],
      ['with a number as the reason', { outcome: 'REVERSED', reason: 4711 }, 'reason'],
      ['without an outcome', { reason: 'case 4711' }, 'outcome'],
      ['with an unknown outcome', { outcome: 'IN_DOUBT', reason: 'case 4711' }, 'outcome'],
    ])('but not %s: 400', async (_, body, field) => {
      const id = await doubted(await customer());
      const answer = await post(`payments/${id}/resolve`, body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(new Set(answer.body.errors?.map((error) => error.field))).toEqual(new Set([field]));
      expect(await detailsOf(id)).toMatchObject({ status: 'IN_DOUBT', audit: [] });
    });
  });

  describe('manage the messages to Kaspi', () => {
    it('find them by status, topic and payment, newest first and without their content', async () => {
      const alia = await customer();
      const done = await pay(alia, `done-${alia.id}`);
      notify = () => 'reset';
      clock.advance(1000);
      const waiting = await pay(alia, `waiting-${alia.id}`);
      const about = async (query: string) => (await get<Page>(`outbox?${query}`)).body.items.map(({ key }) => key);
      expect(await about('topic=notifyPayment&limit=2')).toEqual([waiting, done]);
      expect(await about(`key=${done}&status=DONE`)).toEqual([done]);
      expect(await about(`key=${done}&status=WAITING`)).toEqual([]);
      expect(await about('topic=unknown')).toEqual([]);
      const { body } = await get<Page>('outbox?status=WAITING&limit=1');
      expect(body.items).toEqual([
        {
          id: expect.any(String),
          topic: 'notifyPayment',
          key: waiting,
          status: 'WAITING',
          attempts: 1,
          nextAttemptAt: expect.any(String),
          lastError: expect.stringMatching(/./),
          createdAt: clock.now().toISOString(),
          doneAt: null,
        },
      ]);
      const first = (await get<Page>('outbox?limit=1')).body;
      expect(first.items).toEqual(body.items);
      expect(await about(`limit=1&cursor=${first.nextCursor}`)).toEqual([done]);
      for (const query of ['status=LATE', 'cursor=abc', 'topic=', 'key=a%00b'])
        expectProblem(await get(`outbox?${query}`), 400, 'VALIDATION_FAILED');
    });

    it('send a waiting message at once', async () => {
      const alia = await customer();
      notify = () => 'reset';
      const id = await pay(alia);
      notify = () => ({ json: { result: SUCCESS, ...LINKS } });
      expect(await drain()).toMatchObject({ claimed: 0 });
      const [message] = (await detailsOf(id)).messages;
      const retried = await post<Part>(`outbox/${message?.id}/retry`);
      const now = clock.now().toISOString();
      expect(retried).toMatchObject({ status: 200, body: { id: message?.id, key: id, nextAttemptAt: now } });
      expect(retried.body).not.toHaveProperty('payload');
      expect(await drain()).toEqual({ claimed: 1, done: 1, retried: 0 });
      const [first, second] = kaspi.of('notifyPayment');
      expect(second?.body).toBe(first?.body);
      const details = { messageId: message?.id, topic: 'notifyPayment' };
      expect(await detailsOf(id)).toMatchObject({
        status: 'CONFIRMED',
        messages: [{ id: message?.id, status: 'DONE', attempts: 2 }],
        audit: [{ at: now, actor: 'aigerim', action: 'OUTBOX_RETRIED', reason: null, details }],
      });
    });

    it('cannot send a message again whose payment has a receipt, nor an unknown one', async () => {
      const id = await pay(await customer());
      const [message] = (await detailsOf(id)).messages;
      expectProblem(await post(`outbox/${message?.id}/retry`), 409, 'STATE_CONFLICT');
      for (const unknown of [NOBODY, 'message']) expectProblem(await post(`outbox/${unknown}/retry`), 404, 'NOT_FOUND');
      expect(await detailsOf(id)).toMatchObject({ audit: [], messages: [{ status: 'DONE', attempts: 1 }] });
    });
  });

  describe('see whether Kaspi answers', () => {
    it('as the process that serves the call sees it', async () => {
      const silent = await KaspiPeer.start(() => 'reset');
      const env = {
        DATABASE_URL: database.url,
        KASPI_BASE_URL: silent.url,
        BACKGROUND_WORK: 'off',
        KASPI_AWAY_AFTER: '2',
      };
      const other = await startTestServer(env, clock);
      try {
        const token = await other.mpp.teamToken('support');
        const view = async () => (await other.mpp.call('GET', '/ops/v1/kaspi-health', { token })).body;
        const fresh = { state: 'UP', since: null, lastAnswerAt: null, lastFailure: null, nextProbeAt: null };
        expect(await view()).toEqual({ ...fresh, failuresInARow: { questions: 0, notifies: 0 } });
        await (await other.mpp.as('900900000001')).scan('silence');
        const at = clock.now();
        expect(await view()).toEqual({
          state: 'AWAY',
          since: at.toISOString(),
          failuresInARow: { questions: 2, notifies: 0 },
          lastAnswerAt: null,
          lastFailure: { method: 'scan', at: at.toISOString(), reason: expect.stringMatching(/./) },
          nextProbeAt: new Date(at.getTime() + 5000).toISOString(),
        });
      } finally {
        await other.stop();
        await silent.close();
      }
      await pay(await customer());
      const here = (await get<Part>('kaspi-health', 'operations')).body;
      expect(here).toMatchObject({ state: 'UP', lastAnswerAt: clock.now().toISOString() });
    });
  });

  describe('see scans of refund QR codes', () => {
    const refund = (refundId: string) => () => ({
      json: { result: SUCCESS, qrCodeType: 'Refund', refund: { refundId } },
    });

    it('by refund and by customer, newest first, with the request id for inquiries', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const expected: Part[] = [];
      for (const [who, refundId] of [
        [alia, 'QR150895463'],
        [bekzat, 'QR150895463'],
        [alia, 'QR150895464'],
      ] as const) {
        kaspi.script = refund(refundId);
        clock.advance(1000);
        expect((await who.scan('refund')).body).toMatchObject({ qrCodeType: 'Refund', refund: { refundId } });
        const requestId = kaspi.arrived.at(-1)?.headers['x-request-id'];
        expected.unshift({ at: clock.now().toISOString(), refundId, customerId: who.id, requestId });
      }
      const scans = async (query: string) => (await get<Page>(`refund-scans?${query}`)).body;
      expect(await scans('')).toEqual({ items: expected, nextCursor: null });
      expect((await scans('refundId=QR150895463')).items).toEqual(expected.slice(1));
      expect((await scans(`customerId=${alia.id}`)).items).toEqual([expected[0], expected[2]]);
      expect((await scans(`customerId=${bekzat.id}&refundId=QR150895464`)).items).toEqual([]);
      const first = await scans('limit=2');
      expect(first.items).toEqual(expected.slice(0, 2));
      expect(await scans(`limit=2&cursor=${first.nextCursor}`)).toEqual({ items: [expected[2]], nextCursor: null });
      for (const query of ['cursor=abc', 'customerId=9009000000012', 'refundId='])
        expectProblem(await get(`refund-scans?${query}`), 400, 'VALIDATION_FAILED');
    });
  });

  it('get answers that match the OpenAPI document', async () => {
    const response = await fetch(`${server.publicUrl}/docs/ops.json`);
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
      const answer = await server.mpp.call(method, path.replace('{id}', id ?? ''), { token: aigerim, body: sent });
      const schema = document.paths[path]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json'];
      expect({ path, status: answer.status, schema }).toEqual({ path, status: 200, schema: expect.any(Object) });
      expect([path, departures(answer.body, schema?.schema ?? {}, document)]).toEqual([path, []]);
    }
  });

  it('leave balanced books', async () => {
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
