import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CORE_REASONS } from '../wire.js';
import { readAnswer, readOutcome } from './answers.js';

const ID = '019a0000-0000-7000-8000-000000000001';
const OTHER_ID = '019a0000-0000-7000-8000-000000000002';
const json = (body: unknown) => JSON.stringify(body);
const done = (fields: object = {}) => json({ operationId: ID, outcome: 'DONE', ...fields });
const refused = (fields: object = {}) => json({ operationId: ID, outcome: 'REFUSED', ...fields });

describe('the answer of a bank’s core to an operation', () => {
  it.each([200, 201, 202, 400, 401, 403, 404, 409, 422])(
    'with HTTP %s is its outcome, whatever the status',
    (status) => {
      expect(readAnswer(status, done({ coreReference: 'R-1' }), ID)).toEqual({ kind: 'done', coreReference: 'R-1' });
      expect(readAnswer(status, refused({ reason: 'ACCOUNT_BLOCKED' }), ID)).toEqual({
        kind: 'refused',
        reason: 'ACCOUNT_BLOCKED',
      });
    },
  );

  it('to a reversal may name the account that has the money; an invalid name does not change the outcome', () => {
    const plain = { kind: 'done', coreReference: null };
    expect(readAnswer(200, done({ accountId: 'KZ-2' }), ID)).toEqual({ ...plain, coreAccount: 'KZ-2' });
    for (const accountId of [17, null, 'x'.repeat(65)]) expect(readAnswer(200, done({ accountId }), ID)).toEqual(plain);
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 599])(
    'with HTTP %s is unknown, whatever its body: the operation may have been executed or not',
    (status) => {
      for (const body of [done(), refused(), '', 'no answer']) {
        expect(readAnswer(status, body, ID)).toEqual({ kind: 'unknown', sent: true, reason: `HTTP ${status}` });
      }
    },
  );

  it.each([
    ['nothing', ''],
    ['HTML', '<html>It works!</html>'],
    ['half an answer', done().slice(0, -2)],
    ['null', 'null'],
    ['a number', '1'],
    ['a string', '"DONE"'],
    ['a list', `[${done()}]`],
    ['an empty object', '{}'],
    ['no outcome', json({ operationId: ID })],
    ['an unlisted outcome', json({ operationId: ID, outcome: 'PENDING' })],
    ['an outcome in lower case', json({ operationId: ID, outcome: 'done' })],
    ['an outcome that is null', json({ operationId: ID, outcome: null })],
    ['no id', json({ outcome: 'DONE' })],
    ['an id that is a number', json({ operationId: 1, outcome: 'DONE' })],
    ['a problem', json({ type: 'about:blank', title: 'Not Found', status: 404 })],
  ])('is unknown if it is %s', (_, body) => {
    for (const status of [200, 302, 400, 404]) {
      const unknown = { kind: 'unknown', sent: true, reason: `HTTP ${status} without an outcome` };
      expect(readAnswer(status, body, ID)).toEqual(unknown);
      expect(readOutcome(status, body, ID)).toEqual(unknown);
    }
  });

  it('is unknown if it has the id of another operation, whatever the outcome', () => {
    const unknown = { kind: 'unknown', sent: true, reason: 'the outcome of another operation' };
    for (const body of [done(), refused(), json({ operationId: ID, outcome: 'NEVER_SEEN' })]) {
      expect(readAnswer(200, body, OTHER_ID)).toEqual(unknown);
      expect(readOutcome(404, body, OTHER_ID)).toEqual(unknown);
    }
  });

  it('may have the id in upper case', () => {
    expect(readAnswer(200, json({ operationId: ID.toUpperCase(), outcome: 'DONE' }), ID)).toMatchObject({
      kind: 'done',
    });
  });

  it.each(CORE_REASONS)('may be a refusal for %s', (reason) => {
    expect(readAnswer(200, refused({ reason, message: 'нет' }), ID)).toEqual({ kind: 'refused', reason });
  });

  it.each([
    ['no reason', {}],
    ['an unlisted reason', { reason: 'CUSTOMER_IS_ASLEEP' }],
    ['a reason that is null', { reason: null }],
    ['a reason that is not a text', { reason: { code: 5 } }],
  ])('is a refusal for OTHER with %s', (_, fields) => {
    expect(readAnswer(200, refused(fields), ID)).toEqual({ kind: 'refused', reason: 'OTHER' });
  });

  it.each([
    ['none', {}],
    ['null', { coreReference: null }],
  ])('is DONE with the reference: %s', (_, fields) => {
    expect(readAnswer(200, done(fields), ID)).toEqual({ kind: 'done', coreReference: null });
  });

  it.each([
    ['too long', { coreReference: 'R'.repeat(129) }],
    ['with NUL, which the database refuses', { coreReference: 'R\u00001' }],
    ['a number', { coreReference: 20_260_310 }],
    ['an object', { coreReference: { id: 'R-1' } }],
  ])('is DONE without the reference if that is %s', (_, fields) => {
    expect(readAnswer(200, done(fields), ID)).toEqual({ kind: 'done', coreReference: null });
  });

  it('may have unknown fields', () => {
    expect(readAnswer(200, done({ bookedAt: '2026-03-10', fee: { amount: 0 }, reason: 'OTHER' }), ID)).toEqual({
      kind: 'done',
      coreReference: null,
    });
  });

  it('is unknown if it is NEVER_SEEN, since the core has just received the operation', () => {
    const never = json({ operationId: ID, outcome: 'NEVER_SEEN' });
    for (const status of [200, 404]) {
      expect(readAnswer(status, never, ID)).toEqual({
        kind: 'unknown',
        sent: true,
        reason: 'NEVER_SEEN in answer to the operation itself',
      });
    }
  });
});

describe('the answer of a bank’s core to an inquiry', () => {
  it.each([200, 404])('may be NEVER_SEEN, with HTTP %s', (status) => {
    const body = json({ operationId: ID, outcome: 'NEVER_SEEN' });
    expect(readOutcome(status, body, ID)).toEqual({ kind: 'never-seen' });
  });

  it('is otherwise read like the answer to an operation', () => {
    expect(readOutcome(200, done({ coreReference: 'R-1' }), ID)).toEqual({ kind: 'done', coreReference: 'R-1' });
    expect(readOutcome(200, refused({ reason: 'OTHER' }), ID)).toEqual({ kind: 'refused', reason: 'OTHER' });
  });

  it('is unknown if a 404 has no outcome: it may be from a proxy', () => {
    expect(readOutcome(404, '', ID)).toMatchObject({ kind: 'unknown' });
    expect(readOutcome(404, json({ error: 'no such route' }), ID)).toMatchObject({ kind: 'unknown' });
  });
});

describe('any answer of a bank’s core', () => {
  const status = fc.integer({ min: 200, max: 599 });
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          operationId: fc.constantFrom(ID, OTHER_ID, null, 1),
          outcome: fc.oneof(fc.constantFrom('DONE', 'REFUSED', 'NEVER_SEEN'), fc.jsonValue()),
          reason: fc.oneof(fc.constantFrom(...CORE_REASONS), fc.jsonValue()),
          coreReference: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          accounts: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );

  it('is read; it is DONE or REFUSED only with that outcome of this operation, and can be stored', () => {
    fc.assert(
      fc.property(status, body, (httpStatus, sent) => {
        const answer = readAnswer(httpStatus, sent, ID);
        expect(['done', 'refused', 'unknown']).toContain(answer.kind);
        if (answer.kind === 'unknown') return expect(answer.sent).toBe(true);
        expect(httpStatus).toBeLessThan(500);
        expect(JSON.parse(sent)).toMatchObject({
          operationId: ID,
          outcome: answer.kind === 'done' ? 'DONE' : 'REFUSED',
        });
        if (answer.kind === 'done') expect(answer.coreReference ?? '').toMatch(/^[^\0]{0,128}$/);
        else expect(CORE_REASONS).toContain(answer.reason);
      }),
      { numRuns: 500 },
    );
  });
});
