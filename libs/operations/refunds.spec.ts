import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { happyKaspi, inTurn, KaspiPeer, refusal } from '../../test/support/kaspi-peer.js';
import { type Answer, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { departures, type OpenApi } from '../../test/support/openapi.js';
import { expectProblem, type Problem } from '../../test/support/problems.js';
import { ACCEPTED, PsRefunds, refundBody } from '../../test/support/ps-refunds.js';
import { TestClock } from '../../test/support/test-clock.js';

type Part = Record<string, unknown>;
interface RefundDetails extends Part {
  refundId: string;
  status: string;
  calls: Part[];
  entries: Part[];
  messages: (Part & { id: string })[];
  alerts: Part[];
  audit: Part[];
}
interface Page extends Part {
  items: (Part & { refundId: string })[];
  nextCursor: string | null;
}

const MINUTE = 60_000;
const RECEIVABLE = { id: '00000000-0000-7000-8000-000000000005', account: 'RECEIVABLE_FROM_KASPI' };
const SUSPENSE = { id: '00000000-0000-7000-8000-000000000006', account: 'REFUNDS_IN_SUSPENSE' };
const ROLES = ['support', 'operations', 'accounting', 'admin'];

describe('operators and refunds', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let ps: PsRefunds;
  let aigerim: string;
  let purchases = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, BACKGROUND_WORK: 'off', CONFIRM_WAIT_MS: '0' };
    server = await startTestServer(env, clock);
    ps = new PsRefunds(`${server.kaspiUrl}/refund`);
    const named = { roles: ['operations'], name: 'aigerim' };
    aigerim = (await server.mpp.call<{ token: string }>('POST', '/dev/token', { body: named })).body.token;
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(async () => {
    kaspi.script = happyKaspi({ confirmUntil: null });
    clock.advance(MINUTE);
    await drain();
  });

  const drain = () => server.app.get(Outbox).drainOnce();

  /** A customer who had 1000.00 and paid 100.00. */
  async function paid() {
    const alia = await server.mpp.customer();
    const qrCode = `asked-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    await drain();
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  }

  async function close(account: string) {
    await database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [account]);
  }

  /** Accepted and in suspense: its customer has no open account. */
  async function suspended(refundId: string) {
    const bought = await paid();
    await close(bought.alia.account);
    await ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' });
    await drain();
    return bought;
  }

  /** A credited refund of 30.00 of a new payment. */
  async function credited(refundId: string) {
    const bought = await paid();
    expect((await ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    await drain();
    return bought;
  }

  const as = (role: string) => server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem & RefundDetails>(path: string, body?: unknown): Promise<Answer<Body>> =>
    server.mpp.call<Body>('POST', `/ops/v1/refunds/${path}`, {
      token: aigerim,
      ...(body !== undefined && { body }),
    });
  const detailsOf = async (refundId: string) =>
    (await get<RefundDetails>(`refunds/${encodeURIComponent(refundId)}`)).body;
  const found = async (query: string) => {
    const { status, body } = await get<Page>(`refunds?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ refundId }) => refundId);
  };
  const redirect = (refundId: string, accountId: string, reason = 'case 4712') =>
    post(`${refundId}/redirect`, { accountId, reason });

  describe('are authorised by role', () => {
    const calls: [string, string, string[], object | undefined][] = [
      ['GET', 'refunds', ROLES, undefined],
      ['GET', 'refunds/Nobody', ROLES, undefined],
      ['POST', 'refunds/Nobody/retry', ['operations', 'admin'], undefined],
      ['POST', 'refunds/Nobody/redirect', ['operations', 'admin'], { accountId: randomUUID(), reason: 'case 1' }],
    ];

    it.each(calls)('%s /ops/v1/%s: %j', async (method, path, allowed, body) => {
      const call = (token: string | null) =>
        server.mpp.call<Problem>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      for (const role of ROLES) {
        const answer = await call(await as(role));
        if (!allowed.includes(role)) expectProblem(answer, 403, 'FORBIDDEN');
        else if (path === 'refunds') expect(answer.status).toBe(200);
        else expectProblem(answer, 404, 'NOT_FOUND');
      }
      expectProblem(await call(await server.mpp.customerToken('900900000001')), 403, 'FORBIDDEN');
      expectProblem(await call(null), 401, 'UNAUTHENTICATED');
      expectProblem(await call('no token'), 401, 'UNAUTHENTICATED');
    });
  });

  describe('find refunds', () => {
    it('of any customer, newest first, refused ones included, with their outcome', async () => {
      const { alia, id, purchase } = await credited('Find1');
      const at = clock.now().toISOString();
      clock.advance(1000);
      await ps.refund({ ...purchase, refundId: 'Find2', refundAmount: '70.01' });
      clock.advance(1000);
      await ps.refund({ refundId: 'Find3', refundAmount: '-1' });
      const { items } = (await get<Page>('refunds?limit=3', 'accounting')).body;
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
          createdAt: at,
        },
      ]);
    });

    it('by status, customer, purchase and being overdue, alone and together', async () => {
      const { alia, purchase } = await credited('By1');
      clock.advance(1000);
      await ps.refund({ ...purchase, refundId: 'By2', refundAmount: '70.01' });
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
      await server.mpp.open(bekzat.id, '0.00');
      await drain();
      expect(await found(`${bekzats}&overdue=true`)).toEqual([]);
    });

    it('page by page, each refund once', async () => {
      const { alia, purchase } = await paid();
      const all: string[] = [];
      // Of two with the same time the id decides.
      for (let number = 1; number <= 5; number++) {
        if (number % 2 === 0) clock.advance(1000);
        await ps.refund({ ...purchase, refundId: `Page${number}`, refundAmount: number });
        all.push(`Page${number}`);
      }
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body }: Answer<Page> = await get<Page>(`refunds?customerId=${alia.id}&limit=2${from}`);
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

  describe('read the details of a refund', () => {
    it('with every call of the PS: the first, repeats and other content', async () => {
      const { alia, purchase } = await paid();
      const at = clock.now().toISOString();
      const body = { ...refundBody(purchase), refundId: 'Details1', refundAmount: '30.00' };
      const send = (changes: object, id: string) =>
        ps.send(JSON.stringify({ ...body, ...changes }), { 'x-request-id': id });
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
      expect(read).toMatchObject({ status: 'CREDITED', resultMessage: 'success', alerts: [], audit: [] });
    });

    it('that was refused, with the reason and each call', async () => {
      const body = { refundId: 'Details2', paymentId: 'unknown-purchase' };
      await ps.refund(body);
      await ps.refund(body);
      expect(await detailsOf('Details2')).toMatchObject({
        status: 'REFUSED',
        refusal: 'UNKNOWN_PAYMENT',
        calls: [
          { resultCode: 'PARAM_ILLEGAL', remark: 'UNKNOWN_PAYMENT' },
          { resultCode: 'PARAM_ILLEGAL', remark: 'REPEATED' },
        ],
        entries: [],
        messages: [],
        alerts: [],
      });
    });

    it('that was in suspense, with both entries, alerts and actions of operators', async () => {
      const { alia } = await suspended('Details3');
      const at = clock.now().toISOString();
      const other = await server.mpp.open(alia.id, '0.00');
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
        'refunds/Nobody',
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
      expect((await ps.refund({ ...purchase, refundId })).result).toEqual(ACCEPTED);
      await drain();
      expect(await detailsOf(refundId)).toMatchObject({ refundId, status: 'CREDITED', calls: [{}] });
      expectProblem(await post(`${encodeURIComponent(refundId)}/retry`), 409, 'STATE_CONFLICT');
      const token = await server.mpp.customerToken(alia.id);
      const hers = await server.mpp.call('GET', `/v1/refunds/${encodeURIComponent(refundId)}`, { token });
      expect(hers).toMatchObject({ status: 200, body: { refundId } });
      const alerts = await get<Page>(`alerts?subject=${encodeURIComponent(refundId)}`);
      expect(alerts.body.items).toEqual([]);
    });
  });

  describe('credit a refund now', () => {
    it('that waits: it is due at once, keeps its place, and the operator is recorded', async () => {
      const { alia } = await suspended('Retry1');
      await server.mpp.open(alia.id, '0.00');
      const [waiting] = (await detailsOf('Retry1')).messages;
      expect(waiting).toMatchObject({ status: 'WAITING', lastError: 'the customer has no account that takes money' });
      const answer = await post('Retry1/retry');
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'SUSPENDED',
          messages: [{ id: waiting?.id, status: 'WAITING', nextAttemptAt: clock.now().toISOString() }],
          audit: [{ actor: 'aigerim', action: 'REFUND_RETRIED', reason: null }],
        },
      });
      await drain();
      expect(await detailsOf('Retry1')).toMatchObject({
        status: 'CREDITED',
        messages: [{ attempts: 2, status: 'DONE' }],
      });
      expect(await alia.balance()).toBe('30.00');
    });

    it('from the list of messages too, but not a done one', async () => {
      const { alia } = await suspended('Retry2');
      const [message] = (await detailsOf('Retry2')).messages;
      const retry = () => server.mpp.call<Problem>('POST', `/ops/v1/outbox/${message?.id}/retry`, { token: aigerim });
      expect((await retry()).status).toBe(200);
      await server.mpp.open(alia.id, '0.00');
      await drain();
      expectProblem(await retry(), 409, 'STATE_CONFLICT');
      expect(await alia.balance()).toBe('30.00');
    });

    it('but not a credited or refused one: nothing is recorded', async () => {
      const { purchase } = await credited('Retry3');
      await ps.refund({ ...purchase, refundId: 'Retry4', refundAmount: '70.01' });
      for (const refundId of ['Retry3', 'Retry4']) {
        expectProblem(await post(`${refundId}/retry`), 409, 'STATE_CONFLICT');
        expect((await detailsOf(refundId)).audit).toEqual([]);
      }
      expectProblem(await post('Nobody/retry'), 404, 'NOT_FOUND');
    });
  });

  describe('redirect a refund', () => {
    it('only to an open account of the same customer: otherwise 422, and the refund goes on waiting', async () => {
      const { alia } = await suspended('Redirect1');
      const stranger = await server.mpp.customer();
      const blocked = await server.mpp.open(alia.id, '0.00');
      await database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [blocked]);
      for (const account of [stranger.account, alia.account, blocked, randomUUID(), RECEIVABLE.id, 'main']) {
        expectProblem(await redirect('Redirect1', account), 422, 'ACCOUNT_UNUSABLE');
      }
      const waiting = await detailsOf('Redirect1');
      expect(waiting).toMatchObject({ status: 'SUSPENDED', audit: [], messages: [{ status: 'WAITING' }] });
      expect(waiting.entries).toHaveLength(1);
      expect([await stranger.balance(), await alia.balance()]).toEqual(['1000.00', undefined]);
    });

    it('once: of ten redirects at the same time one is done, and the money is credited once', async () => {
      const { alia } = await suspended('Redirect2');
      const accounts = [await server.mpp.open(alia.id, '0.00'), await server.mpp.open(alia.id, '0.00')];
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, (_, index) => redirect('Redirect2', accounts[index % 2] ?? '')),
        drain(),
      ]);
      const statuses = answers.flatMap((answer) => ('status' in answer ? [answer.status] : [])).toSorted();
      const done = statuses.filter((status) => status === 200).length;
      expect(done).toBeLessThanOrEqual(1);
      expect(statuses).toEqual([...Array(done).fill(200), ...Array(10 - done).fill(409)]);
      await drain();
      const read = await detailsOf('Redirect2');
      expect(read).toMatchObject({
        status: 'CREDITED',
        entries: [{ purpose: 'REFUND' }, { purpose: 'REFUND_RELEASE' }],
      });
      expect(read.audit).toHaveLength(done);
      const { items } = (await alia.accounts()).body;
      expect(items.map(({ balance }) => balance).toSorted()).toEqual(['0.00', '30.00']);
    });

    it('that has not been in suspense yet: the account is credited at once', async () => {
      const { alia, purchase } = await paid();
      const other = await server.mpp.open(alia.id, '0.00');
      // The account that paid is locked, so that nothing else credits the refund meanwhile.
      const holder = await database.connect();
      try {
        await holder.query('begin');
        await holder.query('select from ledger_accounts where id = $1 for update', [alia.account]);
        await ps.refund({ ...purchase, refundId: 'Redirect3', refundAmount: '30.00' });
        expect((await detailsOf('Redirect3')).status).toBe('ACCEPTED');
        const redirected = redirect('Redirect3', other);
        await holder.query('commit');
        // The crediting under way may have been faster.
        expect([200, 409]).toContain((await redirected).status);
      } finally {
        await holder.end();
      }
      await drain();
      const read = await detailsOf('Redirect3');
      expect(read).toMatchObject({ status: 'CREDITED', entries: [{ purpose: 'REFUND' }] });
      expect([other, alia.account]).toContain(read.creditedAccountId);
    });

    it('but not a credited, refused or unknown one', async () => {
      const { alia, purchase } = await credited('Redirect4');
      await ps.refund({ ...purchase, refundId: 'Redirect5', refundAmount: '70.01' });
      const other = await server.mpp.open(alia.id, '0.00');
      for (const refundId of ['Redirect4', 'Redirect5']) {
        expectProblem(await redirect(refundId, other), 409, 'STATE_CONFLICT');
        expect((await detailsOf(refundId)).audit).toEqual([]);
      }
      expectProblem(await redirect('Nobody', other), 404, 'NOT_FOUND');
    });

    it.each([
      ['no account', { reason: 'case 1' }, 'accountId'],
      ['an account that is not text', { accountId: 17, reason: 'case 1' }, 'accountId'],
      ['no reason', { accountId: randomUUID() }, 'reason'],
      ['a blank reason', { accountId: randomUUID(), reason: '   ' }, 'reason'],
    ])('and get 400 for %s', async (_, body, field) => {
      const answer = await post('Nobody/redirect', body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(new Set(answer.body.errors?.map((error) => error.field))).toEqual(new Set([field]));
    });
  });

  describe('find a refund of a reversed payment', () => {
    it('settled against the reversal, with nothing to retry or redirect', async () => {
      const alia = await server.mpp.customer();
      const { id } = (await alia.scan('reversed')).body.payment;
      kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], kaspi.script);
      await alia.confirm(id);
      await drain();
      await ps.refund({ paymentId: 'ps-reversed', customerId: alia.id, refundId: 'Against', refundAmount: '30.00' });
      expect(await detailsOf('Against')).toMatchObject({
        status: 'CREDITED',
        creditedAccountId: null,
        calls: [{ resultCode: 'SUCCESS', remark: 'AGAINST_REVERSAL' }],
        messages: [],
        alerts: [{ kind: 'REFUND_AFTER_REVERSAL' }],
      });
      expectProblem(await post('Against/retry'), 409, 'STATE_CONFLICT');
      expectProblem(await redirect('Against', alia.account), 409, 'STATE_CONFLICT');
      // The payment shows the contradiction and is found by it.
      const payment = (await get<Part & { refunds: unknown[] }>(`payments/${id}`)).body;
      expect(payment).toMatchObject({
        status: 'REVERSED',
        refundedAmount: '30.00',
        refunds: [{ refundId: 'Against' }],
      });
      expect(payment.contradiction).toMatchObject({ resultCode: 'REFUND' });
    });
  });

  it('get answers that match the OpenAPI document', async () => {
    const document = (await (await fetch(`${server.publicUrl}/docs/ops.json`)).json()) as OpenApi;
    await suspended('Document');
    const paths: [string, string, object?][] = [
      ['GET', '/ops/v1/refunds'],
      ['GET', '/ops/v1/refunds/{refundId}'],
      ['POST', '/ops/v1/refunds/{refundId}/retry'],
      ['GET', '/ops/v1/alerts'],
    ];
    for (const [method, path] of paths) {
      const answer = await server.mpp.call(method, path.replace('{refundId}', 'Document'), { token: aigerim });
      const schema = document.paths[path]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json'];
      expect({ path, status: answer.status, schema }).toEqual({ path, status: 200, schema: expect.any(Object) });
      expect([path, departures(answer.body, schema?.schema ?? {}, document)]).toEqual([path, []]);
    }
  });

  it('leave balanced books', async () => {
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
