import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PROBLEM_TYPE } from '../support/problems.js';

/** May scan, and has nothing to pay with. */
const PENNILESS = '900900000003';

describe('whatever is sent to a scan or a confirm', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url });
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  const value = fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 130 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('100.00', '0', '1e2', '\0', "'", '{{7*7}}', '../..', 'null', '', '\ud83d'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
  const right = { qrCode: value, accountId: fc.oneof(value, fc.uuid()), expectedAmount: value, amount: value };
  const hostile = { ['__proto__']: value, constructor: value, toString: value, hasOwnProperty: value };
  const textOf = (fields: typeof right) =>
    fc.record(fields, { requiredKeys: [] }).map((fieldsGiven) => JSON.stringify(fieldsGiven));
  const body = fc.oneof(
    { weight: 5, arbitrary: fc.record({ qrCode: value }).map((given) => JSON.stringify(given)) },
    { weight: 5, arbitrary: textOf(right) },
    { weight: 2, arbitrary: textOf({ ...right, ...hostile }) },
    { weight: 1, arbitrary: textOf(right).map((whole) => whole.slice(0, whole.length / 2)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  const headerText = fc.string({ unit: 'grapheme-ascii', maxLength: 80 }).map((given) => given.trim());
  const headers = fc.record(
    {
      'content-type': fc.oneof(
        { weight: 18, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'text/plain',
            'application/json; charset=x',
            'application/x-www-form-urlencoded',
            '',
          ),
        },
        { weight: 1, arbitrary: headerText },
      ),
      'x-locale': headerText,
      'accept-language': headerText,
      'x-request-id': headerText,
      'x-http-method-override': fc.constantFrom('DELETE', 'PUT'),
      accept: fc.constantFrom('text/html', 'application/xml', '*/*'),
    },
    { requiredKeys: ['content-type'] },
  );

  async function hold(path: string, given: { body: string; headers: object }): Promise<void> {
    const response = await fetch(server.publicUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.mpp.customerToken(PENNILESS)}`, ...given.headers },
      body: Buffer.from(given.body),
    });
    const said = await response.text();
    expect(response.status).toBeLessThan(500);
    expect(response.headers.get('content-type')).toBe(response.ok ? 'application/json; charset=utf-8' : PROBLEM_TYPE);
    const answer = JSON.parse(said) as Record<string, unknown>;
    if (!response.ok)
      expect(answer).toMatchObject({ status: response.status, code: expect.stringMatching(/^[A-Z_]+$/) });
  }

  it('a scan answers JSON, and never 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(body, headers, (text, sent) => hold('/v1/scans', { body: text, headers: sent })),
      { numRuns: 200 },
    );
  });

  it('a confirm answers JSON, and never 5xx; without an account nothing is ever debited', async () => {
    const penniless = await server.mpp.as(PENNILESS);
    const { id } = (await penniless.scan('fuzzed')).body.payment;
    await fc.assert(
      fc.asyncProperty(body, headers, (text, sent) =>
        hold(`/v1/payments/${id}/confirm`, { body: text, headers: sent }),
      ),
      { numRuns: 200 },
    );
    expect((await penniless.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
