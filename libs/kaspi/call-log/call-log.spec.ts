import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type PaymentId, type RequestId, requestId } from '@mpp/kernel';
import { Database, PlatformModule } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { NO_ANSWER, NO_CONNECTION, REFUSAL, SUCCESS, unreadable } from '../../../test/support/kaspi-outcomes.js';
import { QUIET } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import type { CallKey, StartedCall } from '../domain/call.js';
import type { KaspiOutcome } from '../domain/outcome.js';
import { KaspiModule } from '../kaspi.module.js';
import { CallLog } from './call-log.js';

/** 20 seconds before April begins in UTC. */
const END_OF_MARCH = new Date('2026-03-31T23:59:40.000Z');

const newRequest = (): RequestId => requestId(randomUUID());
const notifyCall = (key: CallKey, facts: Partial<StartedCall> = {}): StartedCall => ({
  ...key,
  method: 'notifyPayment',
  paymentId: null,
  body: '{}',
  ...facts,
});

describe('the call log', () => {
  const clock = new TestClock(END_OF_MARCH);
  let database: TestDatabase;
  let app: INestApplicationContext;
  let callLog: CallLog;
  let request: RequestId;

  beforeAll(async () => {
    database = await createDatabase();
    const settings = Settings.read({ ...QUIET, DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const imports = [PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase }), KaspiModule];
    app = await NestFactory.createApplicationContext({ module: class Root {}, imports }, { logger: false });
    callLog = app.get(CallLog);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  beforeEach(() => {
    request = newRequest();
  });

  const begin = (attempt: number, facts: Partial<StartedCall> = {}) =>
    callLog.recordCalls([notifyCall({ requestId: request, attempt }, facts)]);
  const end = (attempt: number, outcome: KaspiOutcome<unknown>, paymentId?: PaymentId) =>
    callLog.recordOutcomes(app.get(Database), [
      { requestId: request, attempt, outcome, ...(paymentId && { paymentId }) },
    ]);
  const recordedAttempts = () =>
    database.query('select * from kaspi_calls where request_id = $1 order by attempt', [request]);
  const findUnknown = (...attempts: CallKey[]) =>
    app.get(Database).transaction((tx) => callLog.findRequestsWithUnknownAttempts(tx, attempts));

  it('contains an attempt, committed and without an outcome, before it is sent (R9)', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { paymentId, body: '{"payment":{}}' });
    expect(await recordedAttempts()).toEqual([
      {
        request_id: request,
        attempt: 1,
        method: 'notifyPayment',
        payment_id: paymentId,
        request: '{"payment":{}}',
        started_at: clock.now(),
        finished_at: null,
        outcome: null,
        http_status: null,
        result_code: null,
        answer: null,
      },
    ]);
  });

  it.each([
    ['SUCCESS', SUCCESS, { outcome: 'ANSWERED', http_status: 200, result_code: 'SUCCESS', answer: SUCCESS.text }],
    [
      'a refusal',
      REFUSAL,
      { outcome: 'ANSWERED', http_status: 200, result_code: 'RISK_REJECT', answer: '{"refused":true}' },
    ],
    [
      'no connection',
      NO_CONNECTION,
      { outcome: 'NOT_SENT', http_status: null, result_code: null, answer: 'ECONNREFUSED' },
    ],
    [
      'no answer',
      NO_ANSWER,
      { outcome: 'UNKNOWN', http_status: null, result_code: null, answer: 'no answer in 5000 ms' },
    ],
    [
      'a page of a proxy',
      unreadable(502),
      { outcome: 'UNKNOWN', http_status: 502, result_code: null, answer: '<html>' },
    ],
  ] as [string, KaspiOutcome<null>, object][])(
    'records the outcome of an attempt: %s',
    async (_, outcome, expected) => {
      await begin(1);
      await end(1, outcome);
      expect(await recordedAttempts()).toMatchObject([{ ...expected, finished_at: clock.now() }]);
    },
  );

  it('keeps the first outcome of an attempt: a later one changes nothing', async () => {
    await begin(1);
    await end(1, NO_ANSWER);
    const first = await recordedAttempts();
    await end(1, SUCCESS, randomUUID() as PaymentId);
    expect(first).toMatchObject([{ outcome: 'UNKNOWN' }]);
    expect(await recordedAttempts()).toEqual(first);
  });

  it('records the payment of a scan with its outcome', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { method: 'scan' });
    await end(1, SUCCESS, paymentId);
    expect(await recordedAttempts()).toMatchObject([{ method: 'scan', payment_id: paymentId }]);
  });

  it('keeps the payment of a notify if its outcome names none', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { paymentId });
    await end(1, SUCCESS);
    expect(await recordedAttempts()).toMatchObject([{ payment_id: paymentId }]);
  });

  it('masks the customer, in whatever order the request names its fields', async () => {
    const bodies = ['{"qrCode":"5921","customerId":"900900112233"}', '{"customerId":"900900112233","a":"b"}'];
    await begin(1, { body: bodies[0] ?? '' });
    await begin(2, { body: bodies[1] ?? '' });
    expect((await recordedAttempts()).map((row) => row.request)).toEqual([
      '{"qrCode":"5921","customerId":"9009*****"}',
      '{"customerId":"9009*****","a":"b"}',
    ]);
  });

  it('stores an answer that contains NUL, which PostgreSQL’s text would refuse', async () => {
    await begin(1);
    await end(1, { ...SUCCESS, text: '{"a":"\0b\0"}' });
    expect(await recordedAttempts()).toMatchObject([{ outcome: 'ANSWERED', answer: '{"a":"\ufffdb\ufffd"}' }]);
  });

  it('records many calls in one statement, each with its own outcome', async () => {
    const keys = Array.from({ length: 300 }, () => ({ requestId: newRequest(), attempt: 1 }));
    await callLog.recordCalls(keys.map((key) => notifyCall(key, { body: `{"of":"${key.requestId}"}` })));
    const outcomes = [SUCCESS, NO_CONNECTION, NO_ANSWER];
    await callLog.recordOutcomes(
      app.get(Database),
      keys.map((key, index) => ({ ...key, outcome: outcomes[index % 3] ?? SUCCESS })),
    );
    const rows = await database.query<{ request_id: RequestId; outcome: string; request: string }>(
      'select request_id, outcome, request from kaspi_calls where request_id = any($1)',
      [keys.map((key) => key.requestId)],
    );
    const found = new Map(rows.map((row) => [row.request_id, [row.outcome, row.request]]));
    expect(rows).toHaveLength(300);
    expect(keys.map((key) => found.get(key.requestId))).toEqual(
      keys.map((key, index) => [['ANSWERED', 'NOT_SENT', 'UNKNOWN'][index % 3], `{"of":"${key.requestId}"}`]),
    );
  });

  it('does nothing without calls', async () => {
    const count = async () => (await database.query('select 1 from kaspi_calls')).length;
    const before = await count();
    await callLog.recordCalls([]);
    await callLog.recordOutcomes(app.get(Database), []);
    expect(await findUnknown()).toEqual(new Set());
    expect(await count()).toBe(before);
  });

  describe('finds the requests of which an earlier attempt may have reached the PS (R9, R11):', () => {
    it.each([
      ['without an outcome: it may', null, true],
      ['that was sent and not answered: it may', NO_ANSWER, true],
      ['that was answered: it has', REFUSAL, true],
      ['without a connection: it has not', NO_CONNECTION, false],
    ])('an attempt %s', async (_, outcome, mayHaveArrived) => {
      await begin(1);
      if (outcome !== null) await end(1, outcome);
      await begin(2);
      const expected = new Set(mayHaveArrived ? [request] : []);
      expect(await findUnknown({ requestId: request, attempt: 2 })).toEqual(expected);
    });

    it('one of several earlier attempts that may have arrived is enough', async () => {
      for (const [attempt, outcome] of [NO_CONNECTION, NO_ANSWER, NO_CONNECTION].entries()) {
        await begin(attempt + 1);
        await end(attempt + 1, outcome);
      }
      await begin(4);
      expect(await findUnknown({ requestId: request, attempt: 4 })).toEqual(new Set([request]));
      expect(await findUnknown({ requestId: request, attempt: 2 })).toEqual(new Set());
    });

    it('neither the attempt itself nor a later one counts', async () => {
      await begin(1);
      await begin(2);
      await end(2, NO_ANSWER);
      expect(await findUnknown({ requestId: request, attempt: 1 })).toEqual(new Set());
    });

    it('of several requests each is judged by its own attempts', async () => {
      const other = newRequest();
      await begin(1);
      await callLog.recordCalls([notifyCall({ requestId: other, attempt: 2 })]);
      const attempts = [request, other].map((id) => ({ requestId: id, attempt: 2 }));
      expect(await findUnknown(...attempts)).toEqual(new Set([request]));
      expect(await findUnknown({ requestId: other, attempt: 2 })).toEqual(new Set());
    });
  });

  it('spans the end of a month: an attempt of March ends in April and is found by the next attempt', async () => {
    await begin(1);
    await begin(2);
    clock.advance(30_000);
    await end(1, NO_CONNECTION);
    await begin(3);
    expect(await findUnknown({ requestId: request, attempt: 3 })).toEqual(new Set([request]));
    await end(2, NO_CONNECTION);
    expect(await findUnknown({ requestId: request, attempt: 3 })).toEqual(new Set());
    const rows = await database.query(
      'select tableoid::regclass::text as month, outcome from kaspi_calls where request_id = $1 order by attempt',
      [request],
    );
    expect(rows).toEqual([
      { month: 'kaspi_calls_2026_03', outcome: 'NOT_SENT' },
      { month: 'kaspi_calls_2026_03', outcome: 'NOT_SENT' },
      { month: 'kaspi_calls_2026_04', outcome: null },
    ]);
  });
});
