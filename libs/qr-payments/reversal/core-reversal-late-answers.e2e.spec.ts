import { describe, expect, it } from '@jest/globals';
import { LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { type CorePlan, type CoreReply, held } from '../../../test/support/core-peer.js';
import { CLOSED, coreReversalsFixture } from '../../../test/support/core-reversals-fixture.js';
import { until } from '../../../test/support/until.js';

const { context, accounts, reversing, change, reversals, row } = coreReversalsFixture();
const messages = async (id: string) =>
  (await context.fixture.messages(id)).filter(({ topic }) => topic === 'coreReversal');

describe('two attempts of one reversal after the lease of the first ran out:', () => {
  it('the first receives a refusal after the second gave the money back elsewhere: nothing is given back twice', async () => {
    const [salary, savings = ''] = accounts(2);
    const answer = held();
    const { id } = await reversing(
      [salary, savings],
      async (call) => {
        await (answer.plan as () => Promise<unknown>)();
        return (CLOSED as (of: typeof call) => CoreReply)(call);
      },
      CLOSED,
    );
    await answer.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    await context.fixture.quiet(context.other);
    const before = await context.fixture.row(id);
    expect(before.status).toBe('REVERSED');
    answer.release();
    await context.fixture.quiet();
    expect(await context.fixture.row(id)).toEqual(before);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
    expect(await messages(id)).toEqual([]);
  });
});

it('a refused reversal that turns out to be done, by a late copy of its request, ends there', async () => {
  const [salary, savings = ''] = accounts(2);
  const answer = held();
  const { id } = await reversing([salary, savings], answer.plan, CLOSED);
  await answer.arrived;
  context.fixture.clock.advance(LEASE_OVER_MS);
  // The second attempt is refused, and the accounts are unknown.
  context.fixture.core.plan('accounts', 'reset');
  await context.fixture.quiet(context.other);
  expect(await reversals(id)).toEqual([`${salary} REFUSED`]);
  answer.release();
  await context.fixture.quiet();
  expect(await context.fixture.status(id)).toBe('REVERSED');
  expect(await reversals(id)).toEqual([`${salary} DONE`]);
  await context.fixture.repeat();
  expect(change(salary, savings)).toEqual([0n, 0n]);
});

it('is booked on the account that has the money by the core’s answer, if an earlier reversal was executed late', async () => {
  const [salary, savings = ''] = accounts(2);
  const late: CorePlan = ({ operationId }) => ({ json: { operationId, outcome: 'DONE', accountId: salary } });
  const { id, ours } = await reversing([salary, savings], CLOSED, late);
  await context.fixture.quiet();
  expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
  expect(await row(id)).toMatchObject({ credited_account_id: ours[0] });
  expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_REFUSED']);
});

describe('a debit that was not known at its deadline', () => {
  /** Whether the core has made it or not, its answer is lost. */
  async function unknownDebit(names: readonly string[], debit: 'lost' | 'reset', ...reversal: CorePlan[]) {
    const alia = await context.fixture.customer();
    context.fixture.core.has(alia.id, ...names.map((id, index) => ({ id, preferred: index === 0 })));
    context.fixture.core.plan('debit', debit);
    context.fixture.core.plan('outcome', 'reset');
    context.fixture.core.plan('reversal', ...reversal);
    const before = context.fixture.core.of('debit').length;
    const id = await context.fixture.debiting(alia, 5000);
    await until(
      'the debit has arrived',
      () => context.fixture.core.of('debit').length,
      (debits) => debits > before,
    );
    context.fixture.clock.advance(LEASE_OVER_MS);
    return { alia, id };
  }
  const knownAt = async (id: string) => (await context.fixture.row(id)).debited_at;

  it('is asked for when its account refuses: the books show what was taken and where it went', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await unknownDebit([salary, savings], 'lost', CLOSED);
    await context.fixture.repeat();
    expect(await context.fixture.row(id)).toMatchObject({ status: 'REVERSED', debited_at: expect.any(Date) });
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
  });

  it('and is in suspense before it becomes known is booked into suspense then', async () => {
    const [salary] = accounts(1);
    const { id } = await unknownDebit([salary], 'lost', ...Array(4).fill(CLOSED));
    context.fixture.core.plan('outcome', 'reset', 'reset');
    await context.fixture.repeat();
    expect([await context.fixture.status(id), await knownAt(id)]).toEqual(['REVERSING', null]);
    expect([(await row(id))?.suspended_at, await context.fixture.journal(id)]).toEqual([expect.any(Date), []]);
    await context.fixture.repeat();
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
    context.fixture.core.reset();
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSED');
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
    expect(change(salary)).toEqual([0n]);
  });

  it('given back on another account is REVERSED only once the core has told whether it was made', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await unknownDebit([salary, savings], 'lost', CLOSED);
    context.fixture.core.plan('outcome', 'reset', 'reset');
    await context.fixture.repeat();
    expect([await context.fixture.status(id), await context.fixture.journal(id)]).toEqual(['REVERSING', []]);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} REQUESTED`]);
    await context.fixture.repeat();
    expect([await context.fixture.status(id), await context.fixture.journal(id)]).toEqual([
      'REVERSED',
      ['PAYMENT', 'REVERSAL'],
    ]);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
  });

  it('and was never made leaves no entry, whichever account the reversal names', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await unknownDebit([salary, savings], 'reset', CLOSED);
    await context.fixture.repeat();
    expect([await context.fixture.status(id), await knownAt(id)]).toEqual(['REVERSED', null]);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(await context.fixture.journal(id)).toEqual([]);
    expect(change(salary, savings)).toEqual([0n, 0n]);
  });

  it('and is given back on its own account needs no inquiry and leaves no entry', async () => {
    const [salary] = accounts(1);
    const { id } = await unknownDebit([salary], 'lost');
    await context.fixture.repeat();
    expect([await context.fixture.status(id), await context.fixture.journal(id)]).toEqual(['REVERSED', []]);
    expect(context.fixture.core.of('outcome')).toHaveLength(1);
    expect(change(salary)).toEqual([0n]);
  });
});

it('the books balance after all these tests', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
