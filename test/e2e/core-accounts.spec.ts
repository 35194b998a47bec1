import { describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/problems.js';
import { until } from '../support/until.js';
import { simulatedCoreFixture } from './simulated-core-fixture.js';

const { fixture, customer, scan, refundOf, ops, alertsAbout, pay } = simulatedCoreFixture();

describe('the means of payment at a bank’s core', () => {
  async function customerWithFiveAccounts() {
    const alia = await customer('1000.00');
    const open = (changes: object) =>
      fixture.simulator.core.openAccount({ customerId: alia.id, name: 'Ещё один', ...changes }).id;
    return {
      alia,
      usd: open({ currency: 'USD', balance: '500.00' }),
      closed: open({ status: 'CLOSED', balance: '500.00' }),
      blocked: open({ status: 'BLOCKED', balance: '500.00' }),
      second: open({ balance: '500.00' }),
    };
  }

  it('are the customer’s open accounts in tenge, with the bank’s own ids', async () => {
    const { alia, second } = await customerWithFiveAccounts();
    const { items } = (await alia.accounts()).body;
    expect(items).toMatchObject([
      { coreAccountId: alia.account, balance: '1000.00', currency: 'KZT', preferred: false },
      { coreAccountId: second, balance: '500.00' },
    ]);
    expect(items[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are named by the server’s id or by the bank’s id', async () => {
    const { alia, second } = await customerWithFiveAccounts();
    const { items } = (await alia.accounts()).body;
    await alia.confirm(await scan(alia), { accountId: items[1]?.id });
    expect(alia.atCore(second)).toBe('400.00');
    const answer = await alia.confirm(await scan(alia), { accountId: second });
    expect(answer.body).toMatchObject({ status: 'CONFIRMED', accountId: items[1]?.id });
    expect([alia.atCore(second), alia.atCore()]).toEqual(['300.00', '1000.00']);
  });

  it('are the preferred account if none is named; without a preferred account one must be named', async () => {
    const { alia, second } = await customerWithFiveAccounts();
    const id = await scan(alia);
    expectProblem((await alia.confirm(id)) as never, 422, 'ACCOUNT_UNUSABLE');
    fixture.simulator.core.changeAccount(second, { preferred: true });
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    expect(alia.atCore(second)).toBe('400.00');
  });

  it('that belong to another customer, are closed, blocked, in another currency or unknown are refused before anything moves', async () => {
    const { alia, usd, closed, blocked } = await customerWithFiveAccounts();
    const bekzat = await customer();
    const others = (await bekzat.accounts()).body.items[0]?.id;
    const id = await scan(alia);
    for (const accountId of [
      usd,
      closed,
      blocked,
      bekzat.account,
      others,
      'KZ00UNKNOWN',
      '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    ]) {
      const answer = (await alia.confirm(id, { accountId })) as never;
      expectProblem(answer, 422, 'ACCOUNT_UNUSABLE');
    }
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(alia.operations()).toEqual([]);
    expect(bekzat.operations()).toEqual([]);
  });
});

describe('accounts at a bank’s core', () => {
  it('cannot be opened or receive deposits in this server: 409', async () => {
    const open = await ops('POST', 'accounts', { customerId: '800800000999', name: 'Счёт' }, 'accounting');
    expectProblem(open, 409, 'STATE_CONFLICT');
    const alia = await customer();
    const { id } = (await alia.accounts()).body.items[0] ?? { id: '' };
    const filled = await ops('POST', `accounts/${id}/deposits`, { amount: '1.00', reference: 'cash' }, 'accounting');
    expectProblem(filled, 409, 'STATE_CONFLICT');
    expect(alia.atCore()).toBe('1000.00');
  });

  it('have a mirror in the ledger: its statement is that of the core, operation by operation', async () => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    await fixture.simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    const { id } = (await alia.accounts()).body.items[0] ?? { id: '' };
    const { body } = await ops<{ items: object[]; closingBalance: string }>(
      'GET',
      `ledger/accounts/${id}/statement`,
      undefined,
      'accounting',
    );
    expect(body.items).toMatchObject([
      { purpose: 'PAYMENT', debit: '100.00', balance: '-100.00' },
      { purpose: 'REFUND', credit: '40.00', balance: '-60.00' },
    ]);
    expect(body.closingBalance).toBe('-60.00');
    expect(alia.atCore()).toBe('940.00');
  });
});

describe('a refund with a bank’s core', () => {
  it.each([
    ['at once', {}],
    ['after answers that are lost', { coreCredit: [{ do: 'lose', count: 3 }] }],
    [
      'after resets and errors',
      {
        coreCredit: [
          { do: 'reset', count: 2 },
          { do: 'status', httpStatus: 500, count: 2 },
        ],
      },
    ],
  ] as const)('is credited there, once: %s', async (_, faults) => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    fixture.simulator.faults.set(faults as never);
    await fixture.simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    expect(alia.atCore()).toBe('940.00');
    expect(alia.operations()).toEqual(['CREDIT DONE', 'DEBIT DONE']);
  });

  it('goes to another account if the account that paid is closed, and operators are alerted', async () => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    fixture.simulator.core.changeAccount(alia.account, { status: 'CLOSED' });
    const other = fixture.simulator.core.openAccount({ customerId: alia.id, name: 'Новый' }).id;
    const { refundId } = await fixture.simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    expect([alia.atCore(), alia.atCore(other)]).toEqual(['900.00', '40.00']);
    expect(alia.operations()).toEqual(['CREDIT DONE', 'CREDIT REFUSED without a movement', 'DEBIT DONE']);
    expect(await alertsAbout(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
  });

  it('stays in suspense while no account accepts it, and is credited once an account does', async () => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    fixture.simulator.core.changeAccount(alia.account, { status: 'CLOSED' });
    const { refundId } = await fixture.simulator.refund(purchase, '40.00');
    await until(
      'operators are alerted',
      () => alertsAbout(refundId),
      (kinds) => kinds.includes('REFUND_IN_SUSPENSE'),
    );
    expect((await fixture.server.mpp.trialBalance()).lines).toContainEqual({
      account: 'REFUNDS_IN_SUSPENSE',
      debit: '0.00',
      credit: '40.00',
    });
    fixture.simulator.core.changeAccount(alia.account, { status: 'OPEN' });
    await refundOf(alia, 'CREDITED');
    expect(alia.atCore()).toBe('940.00');
    expect((await fixture.server.mpp.trialBalance()).lines).toContainEqual({
      account: 'REFUNDS_IN_SUSPENSE',
      debit: '0.00',
      credit: '0.00',
    });
  });
});
