import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CORE_REASONS } from '../wire.js';
import { readAccounts, readAnswer, readOutcome } from './answers.js';

const ID = '019a0000-0000-7000-8000-000000000001';
const OTHER_ID = '019a0000-0000-7000-8000-000000000002';
const text = (body: unknown) => JSON.stringify(body);
const done = (more: object = {}) => text({ operationId: ID, outcome: 'DONE', ...more });
const refused = (more: object = {}) => text({ operationId: ID, outcome: 'REFUSED', ...more });

describe('the answer of a bank’s core to an operation', () => {
  it.each([200, 201, 202, 400, 401, 403, 404, 409, 422])(
    'with HTTP %s is what its outcome says: a status has nothing to add to a word',
    (status) => {
      expect(readAnswer(status, done({ coreReference: 'R-1' }), ID)).toEqual({ kind: 'done', coreReference: 'R-1' });
      expect(readAnswer(status, refused({ reason: 'ACCOUNT_BLOCKED' }), ID)).toEqual({
        kind: 'refused',
        reason: 'ACCOUNT_BLOCKED',
      });
    },
  );

  it.each([408, 425, 429, 500, 502, 503, 504, 599])(
    'with HTTP %s is none, whatever its body says: it may have been carried out or not',
    (status) => {
      for (const body of [done(), refused(), '', 'no answer']) {
        expect(readAnswer(status, body, ID)).toEqual({ kind: 'unknown', sent: true, reason: `HTTP ${status}` });
      }
    },
  );

  it.each([
    ['nothing', ''],
    ['a page', '<html>It works!</html>'],
    ['half of an answer', done().slice(0, -2)],
    ['null', 'null'],
    ['a number', '1'],
    ['a word', '"DONE"'],
    ['a list', `[${done()}]`],
    ['an empty object', '{}'],
    ['no outcome', text({ operationId: ID })],
    ['an outcome that nobody knows', text({ operationId: ID, outcome: 'PENDING' })],
    ['an outcome in small letters', text({ operationId: ID, outcome: 'done' })],
    ['an outcome that is none', text({ operationId: ID, outcome: null })],
    ['no id', text({ outcome: 'DONE' })],
    ['an id that is a number', text({ operationId: 1, outcome: 'DONE' })],
    ['a problem', text({ type: 'about:blank', title: 'Not Found', status: 404 })],
  ])('that is %s is none', (_, body) => {
    for (const status of [200, 302, 400, 404]) {
      const unknown = { kind: 'unknown', sent: true, reason: `HTTP ${status} without an outcome` };
      expect(readAnswer(status, body, ID)).toEqual(unknown);
      expect(readOutcome(status, body, ID)).toEqual(unknown);
    }
  });

  it('that is about another operation is none: neither its yes nor its no', () => {
    const unknown = { kind: 'unknown', sent: true, reason: 'the outcome of another operation' };
    for (const body of [done(), refused(), text({ operationId: ID, outcome: 'NEVER_SEEN' })]) {
      expect(readAnswer(200, body, OTHER_ID)).toEqual(unknown);
      expect(readOutcome(404, body, OTHER_ID)).toEqual(unknown);
    }
  });

  it('may write the id in capitals', () => {
    expect(readAnswer(200, text({ operationId: ID.toUpperCase(), outcome: 'DONE' }), ID)).toMatchObject({
      kind: 'done',
    });
  });

  it.each(CORE_REASONS)('may refuse for %s', (reason) => {
    expect(readAnswer(200, refused({ reason, message: 'нет' }), ID)).toEqual({ kind: 'refused', reason });
  });

  it.each([
    ['no reason', {}],
    ['a reason that nobody knows', { reason: 'CUSTOMER_IS_ASLEEP' }],
    ['a reason that is null', { reason: null }],
    ['a reason that is no text', { reason: { code: 5 } }],
  ])('may refuse with %s: it is a refusal all the same', (_, more) => {
    expect(readAnswer(200, refused(more), ID)).toEqual({ kind: 'refused', reason: 'OTHER' });
  });

  it.each([
    ['none', {}],
    ['null', { coreReference: null }],
  ])('may have %s as its reference', (_, more) => {
    expect(readAnswer(200, done(more), ID)).toEqual({ kind: 'done', coreReference: null });
  });

  it.each([
    ['longer than any', { coreReference: 'R'.repeat(129) }],
    ['of what no database takes', { coreReference: 'R\u00001' }],
    ['a number', { coreReference: 20_260_310 }],
    ['no text at all', { coreReference: { id: 'R-1' } }],
  ])('is DONE though its reference is %s: that one is left out, what was done stays done', (_, more) => {
    expect(readAnswer(200, done(more), ID)).toEqual({ kind: 'done', coreReference: null });
  });

  it('may say more than we understand', () => {
    expect(readAnswer(200, done({ bookedAt: '2026-03-10', fee: { amount: 0 }, reason: 'OTHER' }), ID)).toEqual({
      kind: 'done',
      coreReference: null,
    });
  });

  it('that it has never seen what it was just asked for is none', () => {
    const never = text({ operationId: ID, outcome: 'NEVER_SEEN' });
    for (const status of [200, 404]) {
      expect(readAnswer(status, never, ID)).toEqual({
        kind: 'unknown',
        sent: true,
        reason: 'it says that it has never seen what it was asked for',
      });
    }
  });
});

describe('the answer to an inquiry', () => {
  it.each([200, 404])('may be that the core has never seen the operation, with HTTP %s', (status) => {
    const body = text({ operationId: ID, outcome: 'NEVER_SEEN' });
    expect(readOutcome(status, body, ID)).toEqual({ kind: 'never-seen' });
  });

  it('is otherwise read as the answer to the operation', () => {
    expect(readOutcome(200, done({ coreReference: 'R-1' }), ID)).toEqual({ kind: 'done', coreReference: 'R-1' });
    expect(readOutcome(200, refused({ reason: 'OTHER' }), ID)).toEqual({ kind: 'refused', reason: 'OTHER' });
  });

  it('is none where a 404 says nothing of the operation: that may be a proxy’s, or another address’s', () => {
    expect(readOutcome(404, '', ID)).toMatchObject({ kind: 'unknown' });
    expect(readOutcome(404, text({ error: 'no such route' }), ID)).toMatchObject({ kind: 'unknown' });
  });
});

describe('a customer’s accounts at the core', () => {
  const one = { id: 'KZ1', name: 'Зарплатный', currency: 'KZT', balance: '1000.00', status: 'OPEN' };
  const of = (...accounts: unknown[]) => readAccounts(200, text({ accounts }));

  it('are those that it names, whatever more it says of them', () => {
    expect(of(one, { ...one, id: 'KZ2', preferred: true, iban: 'KZ2', holds: [] })).toEqual([
      one,
      { ...one, id: 'KZ2', preferred: true },
    ]);
    expect(of()).toEqual([]);
  });

  it('are none where the core does not know the customer', () => {
    expect(readAccounts(404, text({ error: 'no such customer' }))).toEqual([]);
    expect(readAccounts(404, '{}')).toEqual([]);
  });

  it.each([
    ['a 404 that is a page', 404, '<html>'],
    ['a 404 without a word', 404, ''],
    ['HTTP 500', 500, text({ accounts: [one] })],
    ['HTTP 401', 401, text({ accounts: [] })],
    ['HTTP 204', 204, ''],
    ['HTTP 302', 302, text({ accounts: [one] })],
    ['a list', 200, text([one])],
    ['accounts that are no list', 200, text({ accounts: { 0: one } })],
    ['no accounts', 200, '{}'],
    ['half an answer', 200, text({ accounts: [one] }).slice(0, -3)],
  ])('are not known from %s', (_, status, body) => {
    expect(readAccounts(status, body)).toBeNull();
  });

  it.each<[string, Record<string, unknown>]>([
    ['without an id', { id: undefined }],
    ['with an empty id', { id: '' }],
    ['with an id that is too long', { id: 'K'.repeat(65) }],
    ['with an id that is a number', { id: 1 }],
    ['with a control character in its id', { id: 'KZ\u00001' }],
    ['with a line break in its id', { id: 'KZ\n1' }],
    ['with an invisible character in its id', { id: 'KZ\u200b1' }],
    ['without a name', { name: undefined }],
    ['with a name that is too long', { name: 'n'.repeat(201) }],
    ['with a name that no database takes', { name: 'Зарплатный\u0000' }],
    ['without a balance', { balance: undefined }],
    ['with a balance that is a number', { balance: 1000 }],
    ['with a balance with a comma', { balance: '1000,00' }],
    ['with a balance with an exponent', { balance: '1e3' }],
    ['with a balance of three decimals', { balance: '1.001' }],
    ['with a balance that is empty', { balance: '' }],
    ['with a balance beyond all money', { balance: '1'.repeat(19) }],
    ['without a currency', { currency: undefined }],
    ['with a currency in small letters', { currency: 'kzt' }],
    ['with a currency that is a number', { currency: '398' }],
    ['without a status', { status: undefined }],
    ['with a status that nobody knows', { status: 'DORMANT' }],
    ['with a preference that is no yes or no', { preferred: 'yes' }],
  ])('are not known where one of them is %s: nobody pays from a guess', (_, changes) => {
    expect(of(one, { ...one, ...changes })).toBeNull();
  });

  it.each([
    ['below nothing', { balance: '-12.50' }],
    ['of whole tenge', { balance: '1000' }],
    ['of one decimal', { balance: '0.5' }],
    ['of another currency', { currency: 'USD' }],
    ['blocked', { status: 'BLOCKED' }],
    ['closed', { status: 'CLOSED' }],
    ['called by many letters', { id: 'Ж'.repeat(64), name: 'Ә'.repeat(200) }],
    ['without a word for a name', { name: '' }],
  ])('may be %s', (_, changes) => {
    expect(of({ ...one, ...changes })).toEqual([{ ...one, ...changes }]);
  });
});

describe('whatever a core sends', () => {
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
          accounts: fc.oneof(fc.array(fc.record({ id: fc.string(), balance: fc.string() })), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );

  it('is read, and is a yes only where it says so of this operation; nothing in it can keep it from being written', () => {
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

  it('is accounts that can be written, or is not known', () => {
    fc.assert(
      fc.property(status, body, (httpStatus, sent) => {
        for (const { id, name } of readAccounts(httpStatus, sent) ?? []) expect(`${id}${name}`).not.toContain('\0');
      }),
      { numRuns: 500 },
    );
  });
});
