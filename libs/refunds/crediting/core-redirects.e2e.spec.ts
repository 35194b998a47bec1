import { describe, expect, it } from '@jest/globals';
import { CLOSED, coreChangesFixture } from '../../../test/support/core-changes-fixture.js';
import { held } from '../../../test/support/core-peer.js';
import type { Answer } from '../../../test/support/mpp.js';

const UNKNOWN_ACCOUNT = '019a0000-0000-7000-8000-0000000000ff';

const { context, accounts, redirect, change } = coreChangesFixture();

describe('a refund that an operator redirects at the core', () => {
  /** The account that paid has refused and the other accounts are unknown: the refund waits. */
  async function waiting(...names: [string, ...string[]]) {
    const bought = await context.refunds.paid(...names);
    context.fixture.core.plan('credit', CLOSED);
    context.fixture.core.plan('accounts', 'reset');
    const refund = await context.refunds.refund(bought);
    await context.fixture.quiet();
    context.fixture.core.reset();
    const { items } = (await bought.alia.accounts()).body;
    return { ...bought, ...refund, ours: items.map(({ id }) => id) };
  }
  const expectProblem = (answer: Answer<{ code?: string }>, status: number, code: string) =>
    expect(answer).toMatchObject({ status, body: { code } });
  const audit = (refundId: string) =>
    context.fixture.database.query('select action, reason, details from access_audit where subject = $1', [refundId]);

  it('is credited to that account at once, and the audit trail names the operator', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { refundId, id, ours } = await waiting(salary, savings, third);
    const to = ours[2] as string;
    expect(await redirect(refundId, to)).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${third} DONE`]);
    expect(await context.refunds.row(refundId)).toMatchObject({ status: 'CREDITED', credited_account_id: to });
    expect(change(salary, savings, third)).toEqual([-10_000n, 0n, 3000n]);
    expect(await audit(refundId)).toEqual([
      { action: 'REFUND_REDIRECTED', reason: 'case 4712', details: { accountId: to } },
    ]);
  });

  it('and that is refused there too goes to the account that refused least often', async () => {
    const [salary, savings = ''] = accounts(2);
    const { refundId, id, ours } = await waiting(salary, savings);
    context.fixture.core.plan('credit', CLOSED);
    expect(await redirect(refundId, ours[1] as string)).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} REFUSED`, `${salary} DONE`]);
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
  });

  it('in suspense is released to that account', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary);
    context.fixture.core.plan('credit', CLOSED, CLOSED);
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    context.refunds.has(bought.alia, savings);
    const { items } = (await bought.alia.accounts()).body;
    expect(await redirect(refundId, items[0]?.id ?? '')).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await context.fixture.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(savings)).toEqual([3000n]);
  });

  it.each([
    ['does not exist', UNKNOWN_ACCOUNT],
    ['is named by the bank’s own id', 'C-bank'],
    ['is blocked', 1],
    ['is in dollars', 2],
  ])('stays unchanged if the account %s: 422', async (_, which) => {
    const [salary, blocked = '', dollars = ''] = accounts(3);
    const { refundId, id, alia, ours } = await waiting(salary, blocked, dollars);
    context.fixture.core.has(
      alia.id,
      { id: salary },
      { id: blocked, status: 'BLOCKED' },
      { id: dollars, currency: 'USD' },
    );
    const account = typeof which === 'number' ? String(ours[which]) : which;
    expectProblem(await redirect(refundId, account), 422, 'ACCOUNT_UNUSABLE');
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`]);
    expect(await audit(refundId)).toEqual([]);
  });

  it('stays unchanged if the core does not return the accounts: 503', async () => {
    const [salary, savings = ''] = accounts(2);
    const { refundId, id, ours } = await waiting(salary, savings);
    context.fixture.core.plan('accounts', 'reset');
    expectProblem(await redirect(refundId, ours[1] as string), 503, 'CORE_UNAVAILABLE');
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`]);
  });

  it('is not redirected while a credit may have been carried out: 409, and the customer is credited once', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    const [, to] = (await bought.alia.accounts()).body.items;
    context.fixture.core.plan('credit', 'lost');
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    expect(await audit(refundId)).toEqual([]);
    // The message was not made due: nothing of the call is written.
    expect((await context.fixture.messages(id))[0]).toMatchObject({ attempts: 1 });
    await context.fixture.repeat();
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
  });

  it('is not redirected while it is being credited or after that: 409', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    const [, to] = (await bought.alia.accounts()).body.items;
    const answer = held();
    context.fixture.core.plan('credit', answer.plan);
    const { refundId } = await context.refunds.refund(bought);
    await answer.arrived;
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    answer.release();
    await context.fixture.quiet();
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
    expect(await audit(refundId)).toEqual([]);
  });

  it('by two operators at the same time is credited to one of the two accounts', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { refundId, id, ours } = await waiting(salary, savings, third);
    const answers = await Promise.all([redirect(refundId, String(ours[1])), redirect(refundId, String(ours[2]))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toHaveLength(2);
    expect(change(savings, third).toSorted()).toEqual([0n, 3000n]);
    expect(await audit(refundId)).toHaveLength(1);
  });
});
