import { describe, expect, it } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { ALIA, AT_BANK, CoreAndClients, IBAN, SHORT_TIMEOUT } from '../../../test/support/http-cores.js';
import type { Reply } from '../../../test/support/kaspi-peer.js';
import { accountIdOf } from './http-core.js';

const BEKZAT = '900900000002' as CustomerId;
const fixture = new CoreAndClients();
const { cores } = fixture;

describe('a customer’s accounts at the core', () => {
  const accounts = (...items: unknown[]): Reply => ({ json: { accounts: items } });

  it('have our id and the bank’s, and the available balance in tiyn', async () => {
    const overdrawn = { ...AT_BANK, id: 'KZ2', name: '', balance: '-0.5', status: 'BLOCKED', preferred: true };
    fixture.peer.script = () => accounts(AT_BANK, overdrawn);
    expect(await fixture.client().findAccounts(ALIA)).toEqual([
      {
        id: accountIdOf(ALIA, IBAN),
        coreAccount: IBAN,
        name: 'Зарплатный',
        currency: 'KZT',
        balance: 100_000n,
        status: 'OPEN',
        preferred: false,
      },
      {
        id: accountIdOf(ALIA, 'KZ2'),
        coreAccount: 'KZ2',
        name: '',
        currency: 'KZT',
        balance: -50n,
        status: 'BLOCKED',
        preferred: true,
      },
    ]);
  });

  it('have a permanent id of ours, different for each customer and account', () => {
    expect(accountIdOf(ALIA, IBAN)).toBe('10f384ce-c734-5339-b31f-68a4d1cb7eae');
    const ids = [
      accountIdOf(ALIA, IBAN),
      accountIdOf(ALIA, 'KZ2'),
      accountIdOf(BEKZAT, IBAN),
      // Customer and account are not concatenated.
      accountIdOf('1' as CustomerId, '23'),
      accountIdOf('12' as CustomerId, '3'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are none if the core does not know the customer', async () => {
    fixture.peer.script = () => ({ status: 404, json: {} });
    expect(await fixture.client().findAccounts(ALIA)).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['no answer', 'hang'],
    ['a reset', 'reset'],
    ['HTTP 503', { status: 503, text: '' }],
    ['HTTP 401', { status: 401, json: { accounts: [AT_BANK] } }],
    ['HTML', { text: '<html>' }],
    ['an answer without accounts', { json: {} }],
    ['an account with an invalid balance', accounts(AT_BANK, { ...AT_BANK, id: 'KZ2', balance: '1 000,00' })],
    ['an account with an unlisted status', accounts({ ...AT_BANK, status: 'DORMANT' })],
    ['more than 1 MB of accounts', accounts(...Array(20_000).fill(AT_BANK))],
  ])('are not known after %s: CORE_UNAVAILABLE', async (_, reply) => {
    fixture.peer.script = () => reply;
    const core = fixture.client(reply === 'hang' ? SHORT_TIMEOUT : {});
    await expect(core.findAccounts(ALIA)).rejects.toMatchObject({ code: 'CORE_UNAVAILABLE' });
  });

  it('are not awaited longer than the caller allows', async () => {
    fixture.peer.script = () => 'hang';
    const core = fixture.client({ CORE_BANKING_TIMEOUT_MS: '60000' });
    await expect(core.findAccounts(ALIA, 50)).rejects.toMatchObject({ code: 'CORE_UNAVAILABLE' });
    expect(cores.lines.at(-1)).toBe('accounts: no answer in 50 ms');
  });
});

it('the log contains neither personal data nor the token, in all tests of this file', () => {
  cores.expectNoSecretsInLog();
});
