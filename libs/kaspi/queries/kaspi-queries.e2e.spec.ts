import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import type { PaymentId } from '@mpp/kernel';
import { PlatformModule } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { FILLED, FORM, happyKaspi, KaspiPeer, type Reply, refusal } from '../../../test/support/kaspi-peer.js';
import { QUIET } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { KaspiModule } from '../kaspi.module.js';
import { KaspiQueries, type QueryAttempt } from './kaspi-queries.js';

const PAYMENT = uuidv7() as PaymentId;
const SCAN = { qrCode: 'dynamic-1', customerId: '900900112233' };
const CHECKOUT = { paymentId: 'ps-custom-1', serviceId: FORM.serviceId, parameters: FILLED };

const SEND = {
  scan: (queries: KaspiQueries) => queries.scan(SCAN, 'kk'),
  checkout: (queries: KaspiQueries) => queries.checkout(CHECKOUT, 'kk', PAYMENT),
} as const;
/** The recorded request of each method, with the customer and the form values masked. */
const MASKED = {
  scan: '{"qrCode":"dynamic-1","customerId":"9009*****"}',
  checkout: JSON.stringify({ ...CHECKOUT, parameters: FILLED.map(({ id }) => ({ id, value: '*****' })) }),
} as const;
const METHODS = ['scan', 'checkout'] as const;

describe('a query to the PS', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let app: INestApplicationContext;
  let queries: KaspiQueries;
  /** The recorded attempts at the arrival of each request. */
  let recordedAtArrival: Record<string, unknown>[][];

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    app = await start();
    queries = app.get(KaspiQueries);
  });

  function start(env: Record<string, string> = {}): Promise<INestApplicationContext> {
    const own = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, KASPI_CALLER_NAME: 'BANK' };
    const settings = Settings.read({ ...QUIET, ...own, ...env });
    const imports = [PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase }), KaspiModule];
    return NestFactory.createApplicationContext({ module: class Root {}, imports }, { logger: false });
  }

  afterAll(async () => {
    await app.close();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.arrived.length = 0;
    recordedAtArrival = [];
  });

  const recordedAttempts = (requestId: unknown) =>
    database.query('select * from kaspi_calls where request_id = $1 order by attempt', [requestId]);

  /** The PS answers with these replies in order, then with SUCCESS. */
  const answerWith = (...replies: Reply[]) => {
    const usualReply = happyKaspi({ confirmUntil: '2026-03-10T12:05:00+06' });
    kaspi.script = async (request, index) => {
      recordedAtArrival.push(await recordedAttempts(request.headers['x-request-id']));
      return replies.shift() ?? usualReply(request, index);
    };
  };

  it.each(METHODS)('%s: is sent as the regulation specifies, and recorded before', async (method) => {
    answerWith();
    const query = await SEND[method](queries);
    expect(kaspi.arrived).toMatchObject([
      {
        path: `/api/v1/qr/${method}`,
        body: JSON.stringify(method === 'scan' ? SCAN : CHECKOUT),
        headers: {
          'content-type': 'application/json',
          'x-request-id': query.requestId,
          'x-caller-name': 'BANK',
          'x-locale': 'kk-KZ',
        },
      },
    ]);
    const started = {
      request_id: query.requestId,
      attempt: 1,
      method,
      payment_id: method === 'scan' ? null : PAYMENT,
      request: MASKED[method],
      started_at: clock.now(),
      finished_at: null,
      outcome: null,
      http_status: null,
      result_code: null,
      answer: null,
    };
    expect(recordedAtArrival).toEqual([[started]]);
    // The caller records the outcome, together with the payment of a scan.
    expect(await recordedAttempts(query.requestId)).toEqual([started]);
  });

  it.each(METHODS)('%s: is recorded with its outcome and its payment', async (method) => {
    answerWith();
    const query = await SEND[method](queries);
    const scanned = uuidv7() as PaymentId;
    clock.advance(10);
    await queries.recordOutcome(query, method === 'scan' ? scanned : undefined);
    expect(await recordedAttempts(query.requestId)).toMatchObject([
      {
        attempt: 1,
        outcome: 'ANSWERED',
        http_status: 200,
        result_code: 'SUCCESS',
        finished_at: clock.now(),
        payment_id: method === 'scan' ? scanned : PAYMENT,
      },
    ]);
  });

  const UNANSWERED: [string, Reply, object][] = [
    ['a reset', 'reset', { outcome: 'UNKNOWN', http_status: null, answer: 'ECONNRESET' }],
    ['HTTP 503', { status: 503, text: 'busy' }, { outcome: 'UNKNOWN', http_status: 503, answer: 'busy' }],
    ['HTTP 429', { status: 429, text: '{}' }, { outcome: 'UNKNOWN', http_status: 429, answer: '{}' }],
    ['a page of a proxy', { text: '<html>' }, { outcome: 'UNKNOWN', http_status: 200, answer: '<html>' }],
    [
      'SUCCESS without its mandatory content',
      { text: '{"result":{"resultCode":"SUCCESS"},"value":"547RBA02"}' },
      { outcome: 'UNKNOWN', http_status: 200, answer: '{"result":{"resultCode":"SUCCESS"},"value":"*****"}' },
    ],
  ];

  it.each(METHODS.flatMap((method) => UNANSWERED.map(([name, reply, end]) => ({ method, name, reply, end }))))(
    '$method: is repeated once after $name, with the same id and body (R13)',
    async ({ method, reply, end }) => {
      answerWith(reply);
      const query = await SEND[method](queries);
      expect(query).toMatchObject({ attempt: 2, outcome: { kind: 'answered', resultCode: 'SUCCESS' } });
      const [first, second] = kaspi.arrived;
      expect(kaspi.arrived).toHaveLength(2);
      expect(second).toMatchObject({ path: first?.path, body: first?.body });
      expect(second?.headers).toMatchObject({ 'x-request-id': query.requestId, 'x-locale': 'kk-KZ' });
      const ended = { attempt: 1, request: MASKED[method], result_code: null, finished_at: clock.now(), ...end };
      const started = { attempt: 2, request: MASKED[method], outcome: null };
      expect(recordedAtArrival).toMatchObject([[{ attempt: 1, outcome: null }], [ended, started]]);
    },
  );

  it.each(METHODS)('%s: is not repeated after a refusal, which is an answer', async (method) => {
    for (const code of ['PROCESS_FAIL', 'UNKNOWN_EXCEPTION', 'UNLISTED_CODE']) {
      kaspi.arrived.length = 0;
      answerWith(refusal(code));
      const query = await SEND[method](queries);
      expect(query).toMatchObject({ attempt: 1, outcome: { kind: 'answered', resultCode: code, answer: null } });
      expect(kaspi.arrived).toHaveLength(1);
    }
  });

  it.each(METHODS)('%s: ends after two attempts without an answer, and both are recorded', async (method) => {
    answerWith('reset', { status: 500, text: 'oops' }, 'reset');
    const query: QueryAttempt<unknown> = await SEND[method](queries);
    expect(query).toMatchObject({ attempt: 2, outcome: { kind: 'unknown', reason: 'HTTP 500' } });
    expect(kaspi.arrived).toHaveLength(2);
    await queries.recordOutcome(query);
    expect(await recordedAttempts(query.requestId)).toMatchObject([
      { attempt: 1, outcome: 'UNKNOWN', answer: 'ECONNRESET' },
      { attempt: 2, outcome: 'UNKNOWN', http_status: 500, answer: 'oops' },
    ]);
  });

  it('takes at most the time of two attempts if the PS does not answer', async () => {
    const withShortTimeout = await start({ SCAN_TIMEOUT_MS: '400' });
    answerWith('hang', 'hang', 'hang', 'hang');
    const started = performance.now();
    const attempts: QueryAttempt<unknown>[] = await Promise.all(
      METHODS.map((method) => SEND[method](withShortTimeout.get(KaspiQueries))),
    );
    const waited = performance.now() - started;
    await withShortTimeout.close();
    for (const { attempt, outcome } of attempts)
      expect({ attempt, outcome }).toEqual({
        attempt: 2,
        outcome: { kind: 'unknown', reason: 'no answer in 400 ms' },
      });
    expect(METHODS.map((method) => kaspi.of(method).length)).toEqual([2, 2]);
    expect(waited).toBeGreaterThanOrEqual(750);
    expect(waited).toBeLessThan(20_000);
  });

  it.each(METHODS)('%s: both attempts are recorded as NOT_SENT if the connection is refused', async (method) => {
    answerWith();
    await kaspi.close();
    const query = await SEND[method](queries);
    await kaspi.open();
    await queries.recordOutcome(query);
    expect(query.outcome).toEqual({ kind: 'not-sent', reason: 'ECONNREFUSED' });
    expect(await recordedAttempts(query.requestId)).toMatchObject([
      { attempt: 1, outcome: 'NOT_SENT', answer: 'ECONNREFUSED' },
      { attempt: 2, outcome: 'NOT_SENT', answer: 'ECONNREFUSED' },
    ]);
  });

  it('has its own request id, of at most 64 characters', async () => {
    answerWith();
    const attempts = await Promise.all([...METHODS, ...METHODS].map((method) => SEND[method](queries)));
    expect(new Set(attempts.map(({ requestId }) => requestId)).size).toBe(4);
    for (const { requestId } of attempts) expect(requestId.length).toBeLessThanOrEqual(64);
  });

  it('a recorded scan answer contains its service form without the values that the PS filled in', async () => {
    answerWith();
    const query = await queries.scan({ ...SCAN, qrCode: 'custom-1' }, 'ru');
    await queries.recordOutcome(query);
    const [call] = await recordedAttempts(query.requestId);
    expect(JSON.parse(String(call?.answer))).toMatchObject({
      qrCodeType: 'Custom',
      paymentData: { parameters: [{ id: 3932, value: '' }, { id: 3933 }, { id: 3934, value: '*****' }] },
    });
    expect(query.outcome).toMatchObject({ answer: { service: { parameters: [{}, {}, { value: 'Алматы' }] } } });
  });
});
