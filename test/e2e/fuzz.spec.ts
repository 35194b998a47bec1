import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paymentFixture } from '../support/payment-fixture.js';
import { PROBLEM_TYPE } from '../support/problems.js';

/** A customer without an account. */
const WITHOUT_ACCOUNT = '900900000003';

describe('a scan or a confirm with generated content', () => {
  const fixture = paymentFixture();

  const value = fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 130 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('100.00', '0', '1e2', '\0', "'", '{{7*7}}', '../..', 'null', '', '\ud83d'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
  const documented = { qrCode: value, accountId: fc.oneof(value, fc.uuid()), expectedAmount: value, amount: value };
  const hostile = { ['__proto__']: value, constructor: value, toString: value, hasOwnProperty: value };
  const textOf = (fields: typeof documented) =>
    fc.record(fields, { requiredKeys: [] }).map((fieldsGiven) => JSON.stringify(fieldsGiven));
  const body = fc.oneof(
    { weight: 5, arbitrary: fc.record({ qrCode: value }).map((given) => JSON.stringify(given)) },
    { weight: 5, arbitrary: textOf(documented) },
    { weight: 2, arbitrary: textOf({ ...documented, ...hostile }) },
    { weight: 1, arbitrary: textOf(documented).map((whole) => whole.slice(0, whole.length / 2)) },
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

  async function expectJsonAnswer(path: string, given: { body: string; headers: object }): Promise<void> {
    const response = await fetch(fixture.server.publicUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${await fixture.server.mpp.customerToken(WITHOUT_ACCOUNT)}`, ...given.headers },
      body: Buffer.from(given.body),
    });
    const text = await response.text();
    expect(response.status).toBeLessThan(500);
    expect(response.headers.get('content-type')).toBe(response.ok ? 'application/json; charset=utf-8' : PROBLEM_TYPE);
    const answer = JSON.parse(text) as Record<string, unknown>;
    if (!response.ok)
      expect(answer).toMatchObject({ status: response.status, code: expect.stringMatching(/^[A-Z_]+$/) });
  }

  it('a scan answers JSON, never 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(body, headers, (text, sent) => expectJsonAnswer('/v1/scans', { body: text, headers: sent })),
      { numRuns: 200 },
    );
  });

  it('a confirm answers JSON, never 5xx, and debits nothing without an account', async () => {
    const customer = await fixture.server.mpp.as(WITHOUT_ACCOUNT);
    const { id } = (await customer.scan('fuzzed')).body.payment;
    await fc.assert(
      fc.asyncProperty(body, headers, (text, sent) =>
        expectJsonAnswer(`/v1/payments/${id}/confirm`, { body: text, headers: sent }),
      ),
      { numRuns: 200 },
    );
    expect((await customer.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
