import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type PaymentId, type RequestId, requestId } from '@mpp/kernel';
import { Database, PlatformModule } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { type CallKey, CallLog, masked, type StartedCall } from './call-log.js';
import { KaspiModule } from './kaspi.module.js';
import type { KaspiOutcome } from './outcome.js';

const SUCCESS: KaspiOutcome<null> = {
  kind: 'answered',
  resultCode: 'SUCCESS',
  resultMessage: 'success',
  answer: null,
  httpStatus: 200,
  text: '{"result":{"resultCode":"SUCCESS"}}',
};
const REFUSED: KaspiOutcome<null> = { ...SUCCESS, resultCode: 'RISK_REJECT', text: '{"refused":true}' };
const NOT_SENT: KaspiOutcome<null> = { kind: 'not-sent', reason: 'ECONNREFUSED' };
const UNKNOWN: KaspiOutcome<null> = { kind: 'unknown', reason: 'no answer in 5000 ms' };
/** 20 seconds before April begins in UTC. */
const END_OF_MARCH = new Date('2026-03-31T23:59:40.000Z');

const newRequest = (): RequestId => requestId(randomUUID());
const notify = (key: CallKey, facts: Partial<StartedCall> = {}): StartedCall => ({
  ...key,
  method: 'notifyPayment',
  paymentId: null,
  body: '{}',
  ...facts,
});

describe('the record of the calls to the PS', () => {
  const clock = new TestClock(END_OF_MARCH);
  let database: TestDatabase;
  let app: INestApplicationContext;
  let exchanges: CallLog;
  let request: RequestId;

  beforeAll(async () => {
    database = await createDatabase();
    const settings = Settings.read({ ...QUIET, DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const imports = [PlatformModule.with({ settings, clock }), KaspiModule];
    app = await NestFactory.createApplicationContext({ module: class Root {}, imports }, { logger: false });
    exchanges = app.get(CallLog);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  beforeEach(() => {
    request = newRequest();
  });

  const begin = (attempt: number, facts: Partial<StartedCall> = {}) =>
    exchanges.recordCalls([notify({ requestId: request, attempt }, facts)]);
  const end = (attempt: number, outcome: KaspiOutcome<unknown>, paymentId?: PaymentId) =>
    exchanges.recordOutcomes(app.get(Database), [
      { requestId: request, attempt, outcome, ...(paymentId && { paymentId }) },
    ]);
  const recorded = (of = request) =>
    database.query('select * from kaspi_calls where request_id = $1 order by attempt', [of]);
  const doubtful = (...attempts: CallKey[]) =>
    app.get(Database).transaction((tx) => exchanges.afterUnknownAttempt(tx, attempts));

  it('has an attempt, without an end, for all to see as soon as it may leave (R9)', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { paymentId, body: '{"payment":{}}' });
    expect(await recorded()).toEqual([
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
    ['an answer', SUCCESS, { outcome: 'ANSWERED', http_status: 200, result_code: 'SUCCESS', answer: SUCCESS.text }],
    ['a refusal', REFUSED, { outcome: 'ANSWERED', http_status: 200, result_code: 'RISK_REJECT', answer: REFUSED.text }],
    ['no connection', NOT_SENT, { outcome: 'NOT_SENT', http_status: null, result_code: null, answer: 'ECONNREFUSED' }],
    ['silence', UNKNOWN, { outcome: 'UNKNOWN', http_status: null, result_code: null, answer: 'no answer in 5000 ms' }],
    [
      'a page of a proxy',
      { kind: 'unknown', reason: 'HTTP 502', httpStatus: 502, text: '<html>' },
      { outcome: 'UNKNOWN', http_status: 502, result_code: null, answer: '<html>' },
    ],
  ] as [string, KaspiOutcome<null>, object][])('keeps how an attempt ended: %s', async (_, outcome, expected) => {
    await begin(1);
    await end(1, outcome);
    expect(await recorded()).toMatchObject([{ ...expected, finished_at: clock.now() }]);
  });

  it('keeps the first end of an attempt: what comes afterwards changes nothing', async () => {
    await begin(1);
    await end(1, UNKNOWN);
    const first = await recorded();
    await end(1, SUCCESS, randomUUID() as PaymentId);
    expect(first).toMatchObject([{ outcome: 'UNKNOWN' }]);
    expect(await recorded()).toEqual(first);
  });

  it('learns with its end which payment a scan led to', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { method: 'scan' });
    await end(1, SUCCESS, paymentId);
    expect(await recorded()).toMatchObject([{ method: 'scan', payment_id: paymentId }]);
  });

  it('keeps the payment of a notify where its end names none', async () => {
    const paymentId = randomUUID() as PaymentId;
    await begin(1, { paymentId });
    await end(1, SUCCESS);
    expect(await recorded()).toMatchObject([{ payment_id: paymentId }]);
  });

  it('does not say who the customer is, in whatever order the request names them', async () => {
    const bodies = ['{"qrCode":"5921","customerId":"900900112233"}', '{"customerId":"900900112233","a":"b"}'];
    await begin(1, { body: bodies[0] ?? '' });
    await begin(2, { body: bodies[1] ?? '' });
    expect((await recorded()).map((row) => row.request)).toEqual([
      '{"qrCode":"5921","customerId":"9009*****"}',
      '{"customerId":"9009*****","a":"b"}',
    ]);
  });

  it('takes an answer with NUL in it, which PostgreSQL’s text would refuse', async () => {
    await begin(1);
    await end(1, { ...SUCCESS, text: '{"a":"\0b\0"}' });
    expect(await recorded()).toMatchObject([{ outcome: 'ANSWERED', answer: '{"a":"\ufffdb\ufffd"}' }]);
  });

  it('keeps many at once, each with its own end', async () => {
    const keys = Array.from({ length: 300 }, () => ({ requestId: newRequest(), attempt: 1 }));
    await exchanges.recordCalls(keys.map((key) => notify(key, { body: `{"of":"${key.requestId}"}` })));
    const outcomes = [SUCCESS, NOT_SENT, UNKNOWN];
    await exchanges.recordOutcomes(
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

  it('has nothing to do for nothing', async () => {
    const count = async () => (await database.query('select 1 from kaspi_calls')).length;
    const before = await count();
    await exchanges.recordCalls([]);
    await exchanges.recordOutcomes(app.get(Database), []);
    expect(await doubtful()).toEqual(new Set());
    expect(await count()).toBe(before);
  });

  describe('asked whether an earlier attempt may have reached the PS (R9, R11)', () => {
    it.each([
      ['that has no end yet: it may', null, true],
      ['that was sent and not answered: it may', UNKNOWN, true],
      ['that was answered: it has', REFUSED, true],
      ['whose connection was never made: it has not', NOT_SENT, false],
    ])('of one %s', async (_, outcome, may) => {
      await begin(1);
      if (outcome !== null) await end(1, outcome);
      await begin(2);
      expect(await doubtful({ requestId: request, attempt: 2 })).toEqual(new Set(may ? [request] : []));
    });

    it('looks at all earlier ones: one that may have arrived is enough', async () => {
      for (const [attempt, outcome] of [NOT_SENT, UNKNOWN, NOT_SENT].entries()) {
        await begin(attempt + 1);
        await end(attempt + 1, outcome);
      }
      await begin(4);
      expect(await doubtful({ requestId: request, attempt: 4 })).toEqual(new Set([request]));
      expect(await doubtful({ requestId: request, attempt: 2 })).toEqual(new Set());
    });

    it('counts neither the attempt itself nor later ones', async () => {
      await begin(1);
      await begin(2);
      await end(2, UNKNOWN);
      expect(await doubtful({ requestId: request, attempt: 1 })).toEqual(new Set());
    });

    it('answers each of several requests by its own attempts', async () => {
      const other = newRequest();
      await begin(1);
      await exchanges.recordCalls([notify({ requestId: other, attempt: 2 })]);
      const asked = [request, other].map((id) => ({ requestId: id, attempt: 2 }));
      expect(await doubtful(...asked)).toEqual(new Set([request]));
      expect(await doubtful({ requestId: other, attempt: 2 })).toEqual(new Set());
    });
  });

  it('goes on over the end of a month: an attempt of March is ended in April, and known to the next one', async () => {
    await begin(1);
    await begin(2);
    clock.advance(30_000);
    await end(1, NOT_SENT);
    await begin(3);
    expect(await doubtful({ requestId: request, attempt: 3 })).toEqual(new Set([request]));
    await end(2, NOT_SENT);
    expect(await doubtful({ requestId: request, attempt: 3 })).toEqual(new Set());
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

describe('a customer in what is kept', () => {
  it.each([
    ['{"customerId":"900900000001"}', '{"customerId":"9009*****"}'],
    ['{"customerId" : "900900000001"}', '{"customerId" : "9009*****"}'],
    ['{"CustomerId ":"900900000001","x":1}', '{"CustomerId ":"9009*****","x":1}'],
    ['{"customerId":900900000001}', '{"customerId":"*****"}'],
    ['{"customerId":"9009"}', '{"customerId":"*****"}'],
    ['{"result":{"resultCode":"SUCCESS"}}', '{"result":{"resultCode":"SUCCESS"}}'],
  ])('%s is kept as %s', (said, kept) => {
    expect(masked(said)).toBe(kept);
  });
});

describe('what a form was filled in with, in what is kept', () => {
  it.each([
    ['{"id":3932,"value":"547RBA02"}', '{"id":3932,"value":"*****"}'],
    ['{"value":"Иванов \\"Ваня\\" \\\\","name":"ФИО"}', '{"value":"*****","name":"ФИО"}'],
    ['{"value":"\\u0041\\n","name":"x"}', '{"value":"*****","name":"x"}'],
    ['{"Value " :\n "547RBA02"}', '{"Value " :\n "*****"}'],
    ['{"value":77012345678}', '{"value":"*****"}'],
    ['{"value":"","name":"Госномер"}', '{"value":"","name":"Госномер"}'],
    ['{"value":null}', '{"value":null}'],
    ['{"name":"value","id":1}', '{"name":"value","id":1}'],
    ['{"name":"\\"value\\":\\"kept\\""}', '{"name":"\\"value\\":\\"kept\\""}'],
    ['[{"value":"a"},{"value":"b"}]', '[{"value":"*****"},{"value":"*****"}]'],
  ])('%s is kept as %s', (said, kept) => {
    expect(masked(said)).toBe(kept);
  });

  it.each([
    ['a sum', '{"id":1,"value":15012.77}', '15012', '77'],
    ['a negative number', '{"id":1,"value":-15012}', '15012'],
    ['a number with an exponent', '{"id":1,"value":15012e77}', '15012', '77'],
    ['a value whose key begins with a blank (R6)', '{"id":1," value":"547RBA02"}', '547RBA02'],
    ['a customer whose key begins with a blank (R6)', '{" customerId":"900900112233"}', '900900112233'],
    ['a text that was cut off in the middle of a value', '{"parameters":[{"id":1,"value":"547RBA', '547RBA'],
  ])('nothing of it is left of %s', (_, said, ...values) => {
    for (const value of values) expect(masked(said)).not.toContain(value);
  });

  it('does not take the longest answer’s time', () => {
    const [plain, quoted] = ['x'.repeat(1_000_000), '"value":"x'.repeat(50_000)];
    for (const value of [plain, quoted]) expect(masked(JSON.stringify({ value }))).toBe('{"value":"*****"}');
    expect(masked('"value":"\\'.repeat(100_000))).not.toContain('"x');
  });

  const anything = fc.string({ unit: 'binary' });
  const blanks = fc.constantFrom('', ' ', '  ');
  const key = (name: string) =>
    fc.tuple(fc.constantFrom(name, name.toUpperCase()), blanks).map((parts) => parts.join(''));
  const customer = fc.string({ unit: fc.constantFrom(...'0123456789AZaz-_*#:ЖӘ'), minLength: 1, maxLength: 12 });
  const filledIn = fc.oneof(anything, fc.maxSafeNat());
  /** An entry of a body, and the same as it is to be kept. */
  const entry = fc.oneof(
    fc.tuple(key('value'), filledIn).map(([name, value]) => [name, value, value === '' ? '' : '*****'] as const),
    fc
      .tuple(key('customerId'), customer)
      .map(([name, id]) => [name, id, `${id.length > 6 ? id.slice(0, 4) : ''}*****`] as const),
    fc
      .tuple(fc.constantFrom('id', 'name', 'values', 'qrCode'), fc.oneof(anything, fc.integer(), fc.boolean()))
      .map(([name, value]) => [name, value, value] as const),
  );
  const part = fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 5 });
  const text = (parts: (readonly [string, unknown, unknown])[][], which: 1 | 2, indent: number) =>
    JSON.stringify(
      { parameters: parts.map((one) => Object.fromEntries(one.map((e) => [e[0], e[which]]))) },
      null,
      indent,
    );

  it('no value survives, whatever is in it, and nothing else is touched', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.constantFrom(0, 2), (parts, indent) => {
        expect(masked(text(parts, 1, indent))).toBe(text(parts, 2, indent));
      }),
      { numRuns: 500 },
    );
  });

  it('masking it once more changes nothing', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const kept = text(parts, 2, 0);
        expect(masked(kept)).toBe(kept);
      }),
    );
  });
});
