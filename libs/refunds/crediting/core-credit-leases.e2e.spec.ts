import { describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { CLOSED, coreCreditsFixture } from '../../../test/support/core-credits-fixture.js';
import { LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { type CoreReply, held } from '../../../test/support/core-peer.js';
import { until } from '../../../test/support/until.js';

const { context, accounts, change } = coreCreditsFixture();

describe('two attempts of one refund after the lease of the first ran out:', () => {
  it.each<[string, CoreReply]>([
    ['is the same', 'as it should'],
    ['is missing', 'reset'],
    ['is not JSON', { text: '<html>' }],
  ])('the customer is credited once, and the late answer of the first changes nothing if it %s', async (_, late) => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    const answer = held(late);
    context.fixture.core.plan('credit', answer.plan);
    const { refundId, id } = await context.refunds.refund(bought);
    await answer.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    await context.fixture.quiet(context.other);
    const credited = await context.refunds.row(refundId);
    expect(credited.status).toBe('CREDITED');
    answer.release();
    await context.fixture.quiet();
    expect(await context.refunds.row(refundId)).toEqual(credited);
    expect(await context.refunds.credits(id)).toEqual([`${salary} DONE`]);
    expect(await context.fixture.journal(id)).toEqual(['REFUND']);
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
    expect(await context.fixture.messages(id)).toEqual([]);
  });

  it('both see the refusal and choose another account: one request is sent', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    const gate = held();
    context.fixture.core.plan('credit', CLOSED);
    context.fixture.core.plan('accounts', gate.plan);
    const { refundId, id } = await context.refunds.refund(bought);
    const first = context.fixture.quiet();
    await gate.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    const answer = held();
    context.fixture.core.plan('credit', answer.plan);
    const second = context.other.app.get(Outbox, { strict: false }).drainOnce();
    await answer.arrived;
    // The first continues while the request of the second is under way.
    gate.release();
    await until(
      'the first attempt to find the credit of the second',
      () => context.fixture.messages(id),
      ([message]) => message?.attempts === 3,
    );
    answer.release();
    await Promise.all([first, second]);
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(context.fixture.core.of('credit')).toHaveLength(2);
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
  });

  it('the first receives a refusal after the second credited another account: nothing is credited twice', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    const answer = held();
    // The core refuses the account to both attempts; one answer comes late.
    context.fixture.core.plan('credit', async (call) => {
      await (answer.plan as () => Promise<unknown>)();
      return (CLOSED as (of: typeof call) => CoreReply)(call);
    });
    context.fixture.core.plan('credit', CLOSED);
    const { refundId, id } = await context.refunds.refund(bought);
    await answer.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    await context.fixture.quiet(context.other);
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    answer.release();
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    expect(await context.fixture.messages(id)).toEqual([]);
  });
});
