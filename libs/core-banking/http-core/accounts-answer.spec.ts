import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readAccounts } from './answers.js';

const json = (body: unknown) => JSON.stringify(body);

describe('the accounts in an answer of a bank’s core', () => {
  const account = { id: 'KZ1', name: 'Зарплатный', currency: 'KZT', balance: '1000.00', status: 'OPEN' };
  const read = (...accounts: unknown[]) => readAccounts(200, json({ accounts }));

  it('are read, and unknown fields are ignored', () => {
    expect(read(account, { ...account, id: 'KZ2', preferred: true, iban: 'KZ2', holds: [] })).toEqual([
      account,
      { ...account, id: 'KZ2', preferred: true },
    ]);
    expect(read()).toEqual([]);
  });

  it('are none if the core does not know the customer', () => {
    expect(readAccounts(404, json({ error: 'no such customer' }))).toEqual([]);
    expect(readAccounts(404, '{}')).toEqual([]);
  });

  it.each([
    ['a 404 with HTML', 404, '<html>'],
    ['a 404 without a body', 404, ''],
    ['HTTP 500', 500, json({ accounts: [account] })],
    ['HTTP 401', 401, json({ accounts: [] })],
    ['HTTP 204', 204, ''],
    ['HTTP 302', 302, json({ accounts: [account] })],
    ['a list', 200, json([account])],
    ['accounts that are not a list', 200, json({ accounts: { 0: account } })],
    ['no accounts', 200, '{}'],
    ['half an answer', 200, json({ accounts: [account] }).slice(0, -3)],
  ])('are unknown after %s', (_, status, body) => {
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
    ['with NUL in its name', { name: 'Зарплатный\u0000' }],
    ['without a balance', { balance: undefined }],
    ['with a balance that is a number', { balance: 1000 }],
    ['with a balance with a comma', { balance: '1000,00' }],
    ['with a balance with an exponent', { balance: '1e3' }],
    ['with a balance of three decimals', { balance: '1.001' }],
    ['with an empty balance', { balance: '' }],
    ['with a balance of 19 digits', { balance: '1'.repeat(19) }],
    ['without a currency', { currency: undefined }],
    ['with a currency in lower case', { currency: 'kzt' }],
    ['with a currency that is a number', { currency: '398' }],
    ['without a status', { status: undefined }],
    ['with an unlisted status', { status: 'DORMANT' }],
    ['with a preference that is not a boolean', { preferred: 'yes' }],
  ])('are unknown if one of them is %s', (_, changes) => {
    expect(read(account, { ...account, ...changes })).toBeNull();
  });

  it.each([
    ['overdrawn', { balance: '-12.50' }],
    ['of whole tenge', { balance: '1000' }],
    ['of one decimal', { balance: '0.5' }],
    ['of another currency', { currency: 'USD' }],
    ['blocked', { status: 'BLOCKED' }],
    ['closed', { status: 'CLOSED' }],
    ['with the longest id and name', { id: 'Ж'.repeat(64), name: 'Ә'.repeat(200) }],
    ['with an empty name', { name: '' }],
  ])('may be %s', (_, changes) => {
    expect(read({ ...account, ...changes })).toEqual([{ ...account, ...changes }]);
  });

  it('can be stored, or are unknown, whatever the core answers', () => {
    const status = fc.integer({ min: 200, max: 599 });
    const accounts = fc.oneof(fc.array(fc.record({ id: fc.string(), balance: fc.string() })), fc.jsonValue());
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ accounts, outcome: fc.jsonValue() }, { requiredKeys: [] }).map(json),
    );
    fc.assert(
      fc.property(status, body, (httpStatus, sent) => {
        for (const { id, name } of readAccounts(httpStatus, sent) ?? []) expect(`${id}${name}`).not.toContain('\0');
      }),
      { numRuns: 500 },
    );
  });
});
