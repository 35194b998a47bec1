import { describe, expect, it } from '@jest/globals';
import { held } from '../../../test/support/core-peer.js';
import { CLOSED, coreReversalsFixture, GATEWAY } from '../../../test/support/core-reversals-fixture.js';
import type { Answer } from '../../../test/support/mpp.js';

const UNKNOWN = '019a0000-0000-7000-8000-0000000000ff';
const { context, accounts, reversing, refusedAt, change, reversals, row, redirect } = coreReversalsFixture();

/** The debited account has refused and the other accounts are unknown: the reversal waits. */
async function waiting(...names: [string, ...string[]]) {
  const reversal = await reversing(names, CLOSED);
  context.fixture.core.plan('accounts', 'reset');
  await context.fixture.quiet();
  context.fixture.core.reset();
  return reversal;
}

const expectProblem = (answer: Answer<{ code?: string }>, status: number, code: string) =>
  expect(answer).toMatchObject({ status, body: { code } });
const audit = (id: string) =>
  context.fixture.database.query('select action, reason, details from access_audit where subject = $1', [id]);

describe('a reversal that an operator redirects at the core (R41)', () => {
  it('is made to that account at once, and the audit trail names the operator', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { id, ours } = await waiting(salary, savings, third);
    expect(await redirect(id, String(ours[2]))).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${third} DONE`]);
    expect(await context.fixture.status(id)).toBe('REVERSED');
    expect(await row(id)).toMatchObject({ credited_account_id: ours[2] });
    expect(change(salary, savings, third)).toEqual([-10_000n, 0n, 10_000n]);
    expect(await audit(id)).toEqual([
      { action: 'REVERSAL_REDIRECTED', reason: 'case 4712', details: { accountId: ours[2] } },
    ]);
  });

  it('and that is refused there too goes to the account that refused least often', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, ours } = await waiting(salary, savings);
    context.fixture.core.plan('reversal', CLOSED);
    expect(await redirect(id, String(ours[1]))).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} REFUSED`, `${salary} DONE`]);
    expect(change(salary, savings)).toEqual([0n, 0n]);
  });

  it('in suspense is released to that account, by our id or the bank’s', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, alia } = await refusedAt([salary], CLOSED, CLOSED);
    context.fixture.core.has(alia.id, { id: savings });
    expect(await redirect(id, savings)).toMatchObject({ status: 200 });
    await context.fixture.quiet();
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
    expect(change(savings)).toEqual([10_000n]);
  });

  it.each([
    ['does not exist', UNKNOWN],
    ['is blocked', 1],
    ['is in dollars', 2],
  ])('stays unchanged if the account %s: 422', async (_, which) => {
    const [salary, blocked = '', dollars = ''] = accounts(3);
    const { id, alia, ours } = await waiting(salary, blocked, dollars);
    context.fixture.core.has(
      alia.id,
      { id: salary },
      { id: blocked, status: 'BLOCKED' },
      { id: dollars, currency: 'USD' },
    );
    const account = typeof which === 'number' ? String(ours[which]) : which;
    expectProblem(await redirect(id, account), 422, 'ACCOUNT_UNUSABLE');
    expect(await reversals(id)).toEqual([`${salary} REFUSED`]);
    expect(await audit(id)).toEqual([]);
  });

  it('stays unchanged if the core does not return the accounts, or none is configured any more: 503', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, ours } = await waiting(salary, savings);
    context.fixture.core.plan('accounts', 'reset');
    expectProblem(await redirect(id, String(ours[1])), 503, 'CORE_UNAVAILABLE');
    const without = await context.fixture.startServer({ ...GATEWAY, CORE_BANKING_URL: '' });
    const own = await without.mpp.open((await context.fixture.row(id)).customer_id as string, '0.00');
    expectProblem(await redirect(id, own, without), 503, 'CORE_UNAVAILABLE');
    await context.fixture.repeat(without);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`]);
    expect(await context.fixture.status(id)).toBe('REVERSING');
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSED');
  });

  it('is not redirected while the core may be giving the debit back: 409, and it is given back once', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, ours } = await refusedAt([salary, savings], 'lost');
    expectProblem(await redirect(id, String(ours[1])), 409, 'STATE_CONFLICT');
    expect(await audit(id)).toEqual([]);
    // The message was not made due: nothing of the call is written.
    expect((await context.fixture.messages(id))[0]).toMatchObject({ attempts: 1 });
    await context.fixture.repeat();
    expect(change(salary, savings)).toEqual([0n, 0n]);
  });

  it('is not redirected while it is being made or after that, nor is a payment that is not reversed', async () => {
    const [salary, savings = ''] = accounts(2);
    const answer = held();
    const { id, ours } = await reversing([salary, savings], answer.plan);
    await answer.arrived;
    expectProblem(await redirect(id, String(ours[1])), 409, 'STATE_CONFLICT');
    answer.release();
    await context.fixture.quiet();
    expectProblem(await redirect(id, String(ours[1])), 409, 'STATE_CONFLICT');
    expect(change(salary, savings)).toEqual([0n, 0n]);
    expect(await audit(id)).toEqual([]);
    const waits = await context.fixture.scanned(await context.fixture.customer());
    expectProblem(await redirect(waits, UNKNOWN), 409, 'STATE_CONFLICT');
    expectProblem(await redirect(UNKNOWN, UNKNOWN), 404, 'NOT_FOUND');
    expectProblem(await redirect(id, ''), 400, 'VALIDATION_FAILED');
  });

  it('by two operators at the moment of its repeat is made to one account', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { id, ours } = await waiting(salary, savings, third);
    context.fixture.clock.advance(1000);
    const [first, second] = await Promise.all([
      redirect(id, String(ours[1])),
      redirect(id, String(ours[2])),
      context.fixture.quiet(context.other),
    ]);
    const statuses = [first.status, second.status].toSorted();
    expect([
      [200, 409],
      [409, 409],
    ]).toContainEqual(statuses);
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSED');
    expect(await reversals(id)).toHaveLength(2);
    const [back = 0n] = [change(savings, third).reduce((sum, one) => sum + one, 0n)];
    expect(back).toBe(10_000n);
    expect(await audit(id)).toHaveLength(statuses[0] === 200 ? 1 : 0);
  });
});

it('the books balance after all these tests', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
