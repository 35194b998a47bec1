import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { creditOf, debitOf, reversalOf } from '../testing/core-client.js';
import { SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { done, problem, refused, useTestCore } from '../testing/test-core.js';

const core = useTestCore();
const { client } = core;

describe('A debit', () => {
  it('moves money once, and every repeat gets the same bytes as answer, also after a restart', async () => {
    const request = debitOf(core.account(), core.newOperationId(), { amount: '150.25' });
    const first = await client.debit(request);
    expect(first).toMatchObject(done(request.operationId));
    expect(core.balance()).toBe('849.75');
    await core.simulator.restart();
    const repeats = [
      await client.debit(request),
      await client.debit(request),
      await client.outcome(request.operationId),
    ];
    for (const { status, text } of repeats) expect({ status, text }).toEqual({ status: 200, text: first.text });
    expect(core.balance()).toBe('849.75');
    expect(core.admin().operations()[0]).toMatchObject({
      operationId: request.operationId,
      timesAsked: 3,
      moved: true,
    });
  });

  it('that was refused stays refused when the account has enough money later', async () => {
    const request = debitOf(core.account(), core.newOperationId(), { amount: '1000.01' });
    const first = await client.debit(request);
    expect(first).toMatchObject(refused(request.operationId, 'INSUFFICIENT_FUNDS'));
    core.admin().changeAccount(core.account(), { balance: '5000.00' });
    expect((await client.debit(request)).text).toBe(first.text);
    expect(core.balance()).toBe('5000.00');
  });

  it.each<[string, () => string, string]>([
    ['an unknown account', () => 'KZ00', 'ACCOUNT_NOT_FOUND'],
    ['another customer’s account', () => core.open({ customerId: SECOND_CUSTOMER }), 'ACCOUNT_NOT_FOUND'],
    ['a blocked account', () => core.open({ status: 'BLOCKED' }), 'ACCOUNT_BLOCKED'],
    ['a closed account', () => core.open({ status: 'CLOSED' }), 'ACCOUNT_CLOSED'],
    ['an account in another currency', () => core.open({ currency: 'USD' }), 'CURRENCY_MISMATCH'],
  ])('of %s is refused, and so is a credit', async (_what, id, reason) => {
    const accountId = id();
    const [debit, credit] = [debitOf(accountId, core.newOperationId()), creditOf(accountId, core.newOperationId())];
    expect(await client.debit(debit)).toMatchObject(refused(debit.operationId, reason));
    expect(await client.credit(credit)).toMatchObject(refused(credit.operationId, reason));
  });

  it('can take the whole balance', async () => {
    expect(await client.debit(debitOf(core.account(), core.newOperationId(), { amount: '1000.00' }))).toMatchObject({
      status: 200,
    });
    expect(core.balance()).toBe('0.00');
  });
});

describe('A credit', () => {
  it('adds money once, and every repeat gets the same answer', async () => {
    const request = creditOf(core.account(), core.newOperationId());
    const first = await client.credit(request);
    expect(first).toMatchObject(done(request.operationId));
    expect((await client.credit(request)).text).toBe(first.text);
    expect(core.balance()).toBe('1100.00');
  });

  it('is refused if the balance would exceed the maximum', async () => {
    const request = creditOf(core.account(), core.newOperationId(), { amount: '1000000000000000.00' });
    expect(await client.credit(request)).toMatchObject(refused(request.operationId, 'LIMIT_EXCEEDED'));
  });
});

describe('A reversal', () => {
  const executeDebit = async () => {
    const request = debitOf(core.account(), core.newOperationId());
    await client.debit(request);
    return request.operationId;
  };

  it('returns the money of its debit once, also if it is repeated or requested under a second id', async () => {
    const debitId = await executeDebit();
    const [first, second] = [
      reversalOf(core.account(), debitId, core.newOperationId()),
      reversalOf(core.account(), debitId, core.newOperationId()),
    ];
    expect(await client.reverse(first)).toMatchObject(done(first.operationId));
    for (const request of [first, second]) expect(await client.reverse(request)).toMatchObject({ status: 200 });
    expect(core.balance()).toBe('1000.00');
    expect(core.admin().operations().slice(0, 3)).toMatchObject([
      { operationId: second.operationId, outcome: 'DONE', moved: false, debitId },
      { operationId: first.operationId, outcome: 'DONE', moved: true, timesAsked: 2 },
      { operationId: debitId, reversedAt: expect.any(String) },
    ]);
  });

  it('does not change the answer to a repeated debit', async () => {
    const request = debitOf(core.account(), core.newOperationId());
    const { text } = await client.debit(request);
    await client.reverse(reversalOf(core.account(), request.operationId, core.newOperationId()));
    expect((await client.debit(request)).text).toBe(text);
    expect(core.balance()).toBe('1000.00');
  });

  it('is executed on an account that was blocked after the debit', async () => {
    const debitId = await executeDebit();
    core.admin().changeAccount(core.account(), { status: 'BLOCKED' });
    const request = reversalOf(core.account(), debitId, core.newOperationId());
    expect(await client.reverse(request)).toMatchObject(done(request.operationId));
    expect(core.balance()).toBe('1000.00');
  });

  it('on a closed account is refused, and executed under the same id when the account is open again', async () => {
    const debitId = await executeDebit();
    core.admin().changeAccount(core.account(), { status: 'CLOSED' });
    const request = reversalOf(core.account(), debitId, core.newOperationId());
    for (let n = 0; n < 2; n++) {
      expect(await client.reverse(request)).toMatchObject(refused(request.operationId, 'ACCOUNT_CLOSED'));
    }
    expect(await client.outcome(request.operationId)).toMatchObject(refused(request.operationId, 'ACCOUNT_CLOSED'));
    core.admin().changeAccount(core.account(), { status: 'OPEN' });
    await core.simulator.restart();
    for (let n = 0; n < 2; n++) expect(await client.reverse(request)).toMatchObject(done(request.operationId));
    expect(core.balance()).toBe('1000.00');
    expect(core.admin().operations()[0]).toMatchObject({
      operationId: request.operationId,
      timesAsked: 4,
      moved: true,
    });
  });

  it('that the closed account refused is executed on another account of the customer, once', async () => {
    const debitId = await executeDebit();
    const other = core.open();
    core.admin().changeAccount(core.account(), { status: 'CLOSED' });
    const first = reversalOf(core.account(), debitId, core.newOperationId());
    const second = reversalOf(other, debitId, core.newOperationId());
    const balances = () =>
      [core.account(), other].map(
        (id) =>
          core
            .admin()
            .accounts()
            .find((a) => a.id === id)?.balance,
      );
    const [before, otherBefore] = balances();
    expect(await client.reverse(first)).toMatchObject(refused(first.operationId, 'ACCOUNT_CLOSED'));
    expect(await client.reverse(second)).toMatchObject({ body: { outcome: 'DONE', accountId: other } });
    expect(balances()).toEqual([
      before,
      Money.parse(otherBefore ?? '')
        .plus(Money.parse('100.00'))
        .toString(),
    ]);
    const after = balances();
    // The account is open again, and a delayed repeat of the first reversal arrives.
    core.admin().changeAccount(core.account(), { status: 'OPEN' });
    expect(await client.reverse(first)).toMatchObject({ body: { outcome: 'DONE', accountId: other } });
    expect(balances()).toEqual(after);
  });

  it('on another customer’s account is refused as on an unknown one', async () => {
    const debitId = await executeDebit();
    for (const accountId of ['KZ00', core.open({ customerId: SECOND_CUSTOMER })]) {
      const request = reversalOf(accountId, debitId, core.newOperationId());
      expect(await client.reverse(request)).toMatchObject(refused(request.operationId, 'ACCOUNT_NOT_FOUND'));
    }
    expect(core.balance()).toBe('900.00');
  });

  it('of a refused debit is DONE without moving money', async () => {
    const debit = debitOf(core.account(), core.newOperationId(), { amount: '5000.00' });
    await client.debit(debit);
    const request = reversalOf(core.account(), debit.operationId, core.newOperationId(), { amount: '5000.00' });
    expect(await client.reverse(request)).toMatchObject(done(request.operationId));
    expect(await client.debit(debit)).toMatchObject(refused(debit.operationId, 'INSUFFICIENT_FUNDS'));
    expect(core.balance()).toBe('1000.00');
  });

  it('of an unknown debit is DONE without moving money, and the debit is refused when it arrives, also after a restart', async () => {
    const debit = debitOf(core.account(), core.newOperationId());
    const request = reversalOf(core.account(), debit.operationId, core.newOperationId());
    expect(await client.reverse(request)).toMatchObject(done(request.operationId));
    await core.simulator.restart();
    for (let n = 0; n < 2; n++) {
      expect(await client.debit(debit)).toMatchObject(refused(debit.operationId, 'REVERSED_BEFORE'));
    }
    expect(core.balance()).toBe('1000.00');
  });

  it.each([
    ['another amount', { amount: '99.00' }, 'amount'],
    ['another customer', { customerId: SECOND_CUSTOMER }, 'customerId'],
  ])('with %s than its debit is a conflict, and nothing is stored', async (_what, change, field) => {
    const request = reversalOf(core.account(), await executeDebit(), core.newOperationId(), change);
    expect(await client.reverse(request)).toMatchObject(problem(409, field));
    expect(await client.outcome(request.operationId)).toMatchObject({ status: 404, body: { outcome: 'NEVER_SEEN' } });
    expect(core.balance()).toBe('900.00');
  });

  it('of a credit is a conflict', async () => {
    const credit = creditOf(core.account(), core.newOperationId());
    await client.credit(credit);
    const request = reversalOf(core.account(), credit.operationId, core.newOperationId());
    expect(await client.reverse(request)).toMatchObject(problem(409, 'not a debit'));
  });
});
