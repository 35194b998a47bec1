import { describe, expect, it } from '@jest/globals';
import { LedgerFixture, MISSING_ACCOUNT } from '../../../test/support/ledger-fixture.js';
import { JournalEntries } from '../books/journal-entries.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('a deposit', () => {
  const deposit = (id: string, body: object) =>
    fixture.call<{ balance: string; code?: string }>('POST', `accounts/${id}/deposits`, body);

  it('is posted once per reference, also when it is sent 20 times at the same moment', async () => {
    const account = await fixture.openAccount();
    const body = { amount: '150.00', reference: 'cash-desk-17' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => deposit(account, body)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map((answer) => answer.body.balance))).toEqual(new Set(['150.00']));
    expect((await deposit(account, body)).body).toMatchObject({ id: account, balance: '150.00' });
    const entries = await fixture.server.app.get(JournalEntries).listByAccount(account, 10, null);
    const parties = { debitAccountId: FUNDING, creditAccountId: account };
    expect(entries).toMatchObject([{ purpose: 'DEPOSIT', reference: 'cash-desk-17', ...parties }]);
  });

  it('with a reused reference and another amount is refused with 409 and changes nothing', async () => {
    const account = await fixture.openAccount();
    await deposit(account, { amount: '150.00', reference: 'cash-desk-18' });
    const other = await deposit(account, { amount: '151.00', reference: 'cash-desk-18' });
    expect(other).toMatchObject({ status: 409, body: { code: 'REFERENCE_REUSED' } });
    expect(await fixture.storedBalance(account)).toBe('150.00');
  });

  it('is accepted once and refused 19 times if 20 amounts are sent under one reference at the same moment', async () => {
    const account = await fixture.openAccount();
    const amounts = Array.from({ length: 20 }, (_, index) => `${index + 1}.00`);
    const answers = await Promise.all(amounts.map((amount) => deposit(account, { amount, reference: 'cash-desk-19' })));
    const accepted = amounts.filter((_, index) => answers[index]?.status === 200);
    expect(accepted).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect([await fixture.storedBalance(account)]).toEqual(accepted);
  });

  it('with the same reference on another account is a different deposit', async () => {
    const accounts = [await fixture.openAccount(), await fixture.openAccount()];
    for (const account of accounts) await deposit(account, { amount: '10.00', reference: 'salary' });
    expect(await Promise.all(accounts.map((id) => fixture.storedBalance(id)))).toEqual(['10.00', '10.00']);
  });

  it.each([
    ['of 0.00', '0.00', 422, 'AMOUNT_INVALID'],
    ['of a negative amount', '-1.00', 400, 'VALIDATION_FAILED'],
    ['of a fraction of a tiyn', '0.001', 400, 'VALIDATION_FAILED'],
    ['beyond the largest amount', '1000000000000000.01', 422, 'AMOUNT_INVALID'],
  ])('%s is refused', async (_, amount, status, code) => {
    const account = await fixture.openAccount('5.00');
    expect(await deposit(account, { amount, reference: 'r' })).toMatchObject({ status, body: { code } });
    expect(await fixture.storedBalance(account)).toBe('5.00');
  });

  it('after which the balance would exceed the largest amount is refused, and the balance stays', async () => {
    const account = await fixture.openAccount('0.01');
    const answer = await deposit(account, { amount: '1000000000000000.00', reference: 'too much' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED' } });
    expect(await fixture.storedBalance(account)).toBe('0.01');
  });

  it.each([
    ['an account that does not exist', MISSING_ACCOUNT],
    ['an id that is not a UUID', 'main'],
    ['the account IN_TRANSIT', IN_TRANSIT],
    ['the account FUNDING', FUNDING],
  ])('to %s is answered with 404', async (_, id) => {
    const answer = await deposit(id, { amount: '1.00', reference: 'r' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
