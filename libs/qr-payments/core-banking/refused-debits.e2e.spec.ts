import { describe, expect, it } from '@jest/globals';
import { LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { type CorePlan, held, refuses } from '../../../test/support/core-peer.js';
import { CLOSED, coreReversalsFixture } from '../../../test/support/core-reversals-fixture.js';

const HOUR = 3_600_000;
const { context, accounts, reversals } = coreReversalsFixture();

/** The core makes a debit and loses the answer, then refuses it: the payment is DECLINED, and the debit has to be given back. */
async function refusedDebit(names: readonly string[], ...reversal: CorePlan[]): Promise<string> {
  const { fixture } = context;
  const alia = await fixture.customer();
  fixture.core.has(alia.id, ...names.map((id, index) => ({ id, preferred: index === 0 })));
  fixture.core.plan('debit', 'lost');
  fixture.core.plan('outcome', refuses('INSUFFICIENT_FUNDS'));
  fixture.core.plan('reversal', ...reversal);
  const id = await fixture.debiting(alia);
  await fixture.quiet();
  return id;
}

describe('A reversal of a refused debit', () => {
  it('is requested for another account until that is answered, whatever the core says late of the first', async () => {
    const [salary, savings = ''] = accounts(2);
    const first = held();
    const id = await refusedDebit([salary, savings], first.plan, CLOSED, 'reset', 'lost');
    context.fixture.clock.advance(LEASE_OVER_MS);
    const attempt = context.fixture.outbox(context.fixture.server).drainOnce();
    await first.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    await context.fixture.quiet(context.other);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} REQUESTED`]);
    first.release();
    await attempt;
    await context.fixture.quiet();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} REQUESTED`]);
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    const topics = (await context.fixture.messages(id)).map(({ topic }) => topic);
    expect(topics).not.toContain('coreRefusedDebit');
  });

  it('that the core does not answer within the hour is alerted once, and made later', async () => {
    const [salary] = accounts(1);
    const id = await refusedDebit([salary], 'reset', 'reset', 'reset', 'reset');
    await context.fixture.repeat();
    expect(await context.fixture.alerts(id)).toEqual([]);
    for (let hours = 0; hours < 2; hours++) {
      context.fixture.clock.advance(HOUR);
      await context.fixture.quiet();
    }
    expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_OVERDUE']);
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat();
    expect(await reversals(id)).toEqual([`${salary} DONE`]);
  });
});
