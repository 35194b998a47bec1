import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import type { PaymentId } from '@mpp/kernel';
import { PlatformModule } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { FILLED, FORM, happyKaspi, KaspiPeer, type Reply, refusal } from '../../test/support/kaspi-peer.js';
import { QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { KaspiModule } from './kaspi.module.js';
import { KaspiQueries, type QueryAttempt } from './queries.js';

const PAYMENT = uuidv7() as PaymentId;
const SCAN = { qrCode: 'dynamic-1', customerId: '900900112233' };
const CHECKOUT = { paymentId: 'ps-custom-1', serviceId: FORM.serviceId, parameters: FILLED };

const ASK = {
  scan: (queries: KaspiQueries) => queries.scan(SCAN, 'kk'),
  checkout: (queries: KaspiQueries) => queries.checkout(CHECKOUT, 'kk', PAYMENT),
} as const;
/** What is kept of each: neither the customer nor what they filled in. */
const KEPT = {
  scan: '{"qrCode":"dynamic-1","customerId":"9009*****"}',
  checkout: JSON.stringify({ ...CHECKOUT, parameters: FILLED.map(({ id }) => ({ id, value: '*****' })) }),
} as const;
const METHODS = ['scan', 'checkout'] as const;

describe('a question to the PS, while a customer waits', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let app: INestApplicationContext;
  let queries: KaspiQueries;
  /** What the record held each time the PS was asked. */
  let seen: Record<string, unknown>[][];

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    app = await start();
    queries = app.get(KaspiQueries);
  });

  function start(env: Record<string, string> = {}): Promise<INestApplicationContext> {
    const own = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, KASPI_CALLER_NAME: 'BANK' };
    const settings = Settings.read({ ...QUIET, ...own, ...env });
    const imports = [PlatformModule.with({ settings, clock }), KaspiModule];
    return NestFactory.createApplicationContext({ module: class Root {}, imports }, { logger: false });
  }

  afterAll(async () => {
    await app.close();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.arrived.length = 0;
    seen = [];
  });

  const recorded = (requestId: unknown) =>
    database.query('select * from kaspi_calls where request_id = $1 order by attempt', [requestId]);

  /** The PS answers these in turn, then as usual. */
  const answering = (...replies: Reply[]) => {
    const happy = happyKaspi({ confirmUntil: '2026-03-10T12:05:00+06' });
    kaspi.script = async (request, index) => {
      seen.push(await recorded(request.headers['x-request-id']));
      return replies.shift() ?? happy(request, index);
    };
  };

  it.each(METHODS)('%s: goes out as the regulation says, and is on record before', async (method) => {
    answering();
    const asked = await ASK[method](queries);
    expect(kaspi.arrived).toMatchObject([
      {
        path: `/api/v1/qr/${method}`,
        body: JSON.stringify(method === 'scan' ? SCAN : CHECKOUT),
        headers: {
          'content-type': 'application/json',
          'x-request-id': asked.requestId,
          'x-caller-name': 'BANK',
          'x-locale': 'kk-KZ',
        },
      },
    ]);
    const begun = {
      request_id: asked.requestId,
      attempt: 1,
      method,
      payment_id: method === 'scan' ? null : PAYMENT,
      request: KEPT[method],
      started_at: clock.now(),
      finished_at: null,
      outcome: null,
      http_status: null,
      result_code: null,
      answer: null,
    };
    expect(seen).toEqual([[begun]]);
    // Closing it is the caller's: it knows then which payment a scan led to.
    expect(await recorded(asked.requestId)).toEqual([begun]);
  });

  it.each(METHODS)('%s: is closed with its answer, and with the payment it led to', async (method) => {
    answering();
    const asked = await ASK[method](queries);
    const led = uuidv7() as PaymentId;
    clock.advance(10);
    await queries.recordOutcome(asked, method === 'scan' ? led : undefined);
    expect(await recorded(asked.requestId)).toMatchObject([
      {
        attempt: 1,
        outcome: 'ANSWERED',
        http_status: 200,
        result_code: 'SUCCESS',
        finished_at: clock.now(),
        payment_id: method === 'scan' ? led : PAYMENT,
      },
    ]);
  });

  const UNANSWERED: [string, Reply, object][] = [
    ['a reset', 'reset', { outcome: 'UNKNOWN', http_status: null, answer: 'ECONNRESET' }],
    ['HTTP 503', { status: 503, text: 'busy' }, { outcome: 'UNKNOWN', http_status: 503, answer: 'busy' }],
    ['HTTP 429', { status: 429, text: '{}' }, { outcome: 'UNKNOWN', http_status: 429, answer: '{}' }],
    ['a page of a proxy', { text: '<html>' }, { outcome: 'UNKNOWN', http_status: 200, answer: '<html>' }],
    [
      'SUCCESS that lacks what it must hold',
      { text: '{"result":{"resultCode":"SUCCESS"},"value":"547RBA02"}' },
      { outcome: 'UNKNOWN', http_status: 200, answer: '{"result":{"resultCode":"SUCCESS"},"value":"*****"}' },
    ],
  ];

  it.each(METHODS.flatMap((method) => UNANSWERED.map(([what, reply, end]) => ({ method, what, reply, end }))))(
    '$method: after $what it is asked once more, with the same id and body (R13)',
    async ({ method, reply, end }) => {
      answering(reply);
      const asked = await ASK[method](queries);
      expect(asked).toMatchObject({ attempt: 2, outcome: { kind: 'answered', resultCode: 'SUCCESS' } });
      const [first, second] = kaspi.arrived;
      expect(kaspi.arrived).toHaveLength(2);
      expect(second).toMatchObject({ path: first?.path, body: first?.body });
      expect(second?.headers).toMatchObject({ 'x-request-id': asked.requestId, 'x-locale': 'kk-KZ' });
      const ended = { attempt: 1, request: KEPT[method], result_code: null, finished_at: clock.now(), ...end };
      const begun = { attempt: 2, request: KEPT[method], outcome: null };
      expect(seen).toMatchObject([[{ attempt: 1, outcome: null }], [ended, begun]]);
    },
  );

  it.each(METHODS)('%s: a refusal is an answer, and is not asked again', async (method) => {
    for (const code of ['PROCESS_FAIL', 'UNKNOWN_EXCEPTION', 'NEVER_HEARD_OF']) {
      kaspi.arrived.length = 0;
      answering(refusal(code));
      const asked = await ASK[method](queries);
      expect(asked).toMatchObject({ attempt: 1, outcome: { kind: 'answered', resultCode: code, answer: null } });
      expect(kaspi.arrived).toHaveLength(1);
    }
  });

  it.each(METHODS)('%s: twice without an answer is the end, and both are on record', async (method) => {
    answering('reset', { status: 500, text: 'oops' }, 'reset');
    const asked: QueryAttempt<unknown> = await ASK[method](queries);
    expect(asked).toMatchObject({ attempt: 2, outcome: { kind: 'unknown', reason: 'HTTP 500' } });
    expect(kaspi.arrived).toHaveLength(2);
    await queries.recordOutcome(asked);
    expect(await recorded(asked.requestId)).toMatchObject([
      { attempt: 1, outcome: 'UNKNOWN', answer: 'ECONNRESET' },
      { attempt: 2, outcome: 'UNKNOWN', http_status: 500, answer: 'oops' },
    ]);
  });

  it('where the PS hangs, the customer waits for both attempts and no longer', async () => {
    const impatient = await start({ SCAN_TIMEOUT_MS: '400' });
    answering('hang', 'hang', 'hang', 'hang');
    const started = performance.now();
    const asked: QueryAttempt<unknown>[] = await Promise.all(
      METHODS.map((method) => ASK[method](impatient.get(KaspiQueries))),
    );
    const waited = performance.now() - started;
    await impatient.close();
    for (const { attempt, outcome } of asked)
      expect({ attempt, outcome }).toEqual({
        attempt: 2,
        outcome: { kind: 'unknown', reason: 'no answer in 400 ms' },
      });
    expect(METHODS.map((method) => kaspi.of(method).length)).toEqual([2, 2]);
    expect(waited).toBeGreaterThanOrEqual(750);
    expect(waited).toBeLessThan(20_000);
  });

  it.each(METHODS)('%s: where nobody listens, both attempts are known as not sent', async (method) => {
    answering();
    await kaspi.close();
    const asked = await ASK[method](queries);
    await kaspi.open();
    await queries.recordOutcome(asked);
    expect(asked.outcome).toEqual({ kind: 'not-sent', reason: 'ECONNREFUSED' });
    expect(await recorded(asked.requestId)).toMatchObject([
      { attempt: 1, outcome: 'NOT_SENT', answer: 'ECONNREFUSED' },
      { attempt: 2, outcome: 'NOT_SENT', answer: 'ECONNREFUSED' },
    ]);
  });

  it('each question has an id of its own, one that the PS takes', async () => {
    answering();
    const asked = await Promise.all([...METHODS, ...METHODS].map((method) => ASK[method](queries)));
    expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(4);
    for (const { requestId } of asked) expect(requestId.length).toBeLessThanOrEqual(64);
  });

  it('the form that comes with a scan is kept without what the PS has filled in for the customer', async () => {
    answering();
    const asked = await queries.scan({ ...SCAN, qrCode: 'custom-1' }, 'ru');
    await queries.recordOutcome(asked);
    const [kept] = await recorded(asked.requestId);
    expect(JSON.parse(String(kept?.answer))).toMatchObject({
      qrCodeType: 'Custom',
      paymentData: { parameters: [{ id: 3932, value: '' }, { id: 3933 }, { id: 3934, value: '*****' }] },
    });
    expect(asked.outcome).toMatchObject({ answer: { service: { parameters: [{}, {}, { value: 'Алматы' }] } } });
  });
});
