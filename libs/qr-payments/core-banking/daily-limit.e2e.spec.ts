import { describe, expect, it } from '@jest/globals';
import { refuses } from '../../../test/support/core-peer.js';
import { debitFixture } from '../../../test/support/debit-fixture.js';

/** Three purchases a day. */
const { context } = debitFixture({ DAILY_SUM_LIMIT: '300.00' });

describe('the customer’s limit of the day', () => {
  const declined = { status: 200, body: { status: 'DECLINED', failure: { code: 'LIMIT_EXCEEDED' } } };

  it('counts a debit from its request on, unless the core refuses it', async () => {
    const alia = await context.fixture.customer();
    context.fixture.core.plan('debit', 'reset', 'reset', 'reset');
    const paymentIds = [
      await context.fixture.debiting(alia),
      await context.fixture.debiting(alia),
      await context.fixture.debiting(alia),
    ];
    expect(await alia.confirm(await context.fixture.scanned(alia))).toMatchObject(declined);
    await context.fixture.quiet();
    context.fixture.core.plan('outcome', refuses('ACCOUNT_BLOCKED'));
    await context.fixture.repeat();
    const statuses = await Promise.all(paymentIds.map((id) => context.fixture.status(id)));
    expect(statuses.toSorted()).toEqual(['CONFIRMED', 'CONFIRMED', 'DECLINED']);
    expect((await alia.confirm(await context.fixture.scanned(alia))).body.status).toBe('DEBITING');
    expect(await alia.confirm(await context.fixture.scanned(alia))).toMatchObject(declined);
    await context.fixture.quiet();
  });

  it('does not count a debit after its reversal, and not before', async () => {
    const alia = await context.fixture.customer();
    for (let bought = 0; bought < 2; bought++) await context.fixture.debiting(alia);
    await context.fixture.quiet();
    context.fixture.core.plan('debit', 'reset');
    context.fixture.core.plan('reversal', 'reset');
    const late = await context.fixture.debiting(alia);
    await context.fixture.quiet();
    context.fixture.clock.advance(60_001);
    await context.fixture.quiet();
    expect(await context.fixture.status(late)).toBe('REVERSING');
    expect(await alia.confirm(await context.fixture.scanned(alia))).toMatchObject(declined);
    await context.fixture.repeat();
    expect(await context.fixture.status(late)).toBe('REVERSED');
    expect((await alia.confirm(await context.fixture.scanned(alia))).body.status).toBe('DEBITING');
    await context.fixture.quiet();
  });

  it('is not exceeded by confirms at the same moment in two processes', async () => {
    const alia = await context.fixture.customer();
    const there = await context.other.mpp.as(alia.id);
    const ids = await Promise.all(Array.from({ length: 5 }, () => context.fixture.scanned(alia)));
    const answers = await Promise.all(ids.map((id, index) => (index % 2 === 0 ? alia : there).confirm(id)));
    await context.fixture.quiet();
    expect(context.fixture.core.change(alia.account)).toBe(-30_000n);
    expect(answers.filter(({ body }) => body.failure?.code === 'LIMIT_EXCEEDED')).toHaveLength(2);
  });
});
