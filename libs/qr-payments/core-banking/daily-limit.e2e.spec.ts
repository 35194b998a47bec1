import { describe, expect, it } from '@jest/globals';
import { refuses } from '../../../test/support/core-peer.js';
import { debitWorld } from '../../../test/support/debit-world.js';

/** Three purchases a day. */
const { context } = debitWorld({ DAILY_SUM_LIMIT: '300.00' });

describe('the customer’s limit of the day', () => {
  const declined = { status: 200, body: { status: 'DECLINED', failure: { code: 'LIMIT_EXCEEDED' } } };

  it('counts a debit from its request on, unless the core refuses it', async () => {
    const alia = await context.world.customer();
    context.world.core.plan('debit', 'reset', 'reset', 'reset');
    const paymentIds = [
      await context.world.debiting(alia),
      await context.world.debiting(alia),
      await context.world.debiting(alia),
    ];
    expect(await alia.confirm(await context.world.scanned(alia))).toMatchObject(declined);
    await context.world.quiet();
    context.world.core.plan('outcome', refuses('ACCOUNT_BLOCKED'));
    await context.world.repeat();
    const statuses = await Promise.all(paymentIds.map((id) => context.world.status(id)));
    expect(statuses.toSorted()).toEqual(['CONFIRMED', 'CONFIRMED', 'DECLINED']);
    expect((await alia.confirm(await context.world.scanned(alia))).body.status).toBe('DEBITING');
    expect(await alia.confirm(await context.world.scanned(alia))).toMatchObject(declined);
    await context.world.quiet();
  });

  it('does not count a debit after its reversal, and not before', async () => {
    const alia = await context.world.customer();
    for (let bought = 0; bought < 2; bought++) await context.world.debiting(alia);
    await context.world.quiet();
    context.world.core.plan('debit', 'reset');
    context.world.core.plan('reversal', 'reset');
    const late = await context.world.debiting(alia);
    await context.world.quiet();
    context.world.clock.advance(60_001);
    await context.world.quiet();
    expect(await context.world.status(late)).toBe('REVERSING');
    expect(await alia.confirm(await context.world.scanned(alia))).toMatchObject(declined);
    await context.world.repeat();
    expect(await context.world.status(late)).toBe('REVERSED');
    expect((await alia.confirm(await context.world.scanned(alia))).body.status).toBe('DEBITING');
    await context.world.quiet();
  });

  it('is not exceeded by confirms at the same moment in two processes', async () => {
    const alia = await context.world.customer();
    const there = await context.other.mpp.as(alia.id);
    const ids = await Promise.all(Array.from({ length: 5 }, () => context.world.scanned(alia)));
    const answers = await Promise.all(ids.map((id, index) => (index % 2 === 0 ? alia : there).confirm(id)));
    await context.world.quiet();
    expect(context.world.core.change(alia.account)).toBe(-30_000n);
    expect(answers.filter(({ body }) => body.failure?.code === 'LIMIT_EXCEEDED')).toHaveLength(2);
  });
});
