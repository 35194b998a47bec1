import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { type CoreReply, held, refuses } from '../../../test/support/core-peer.js';
import { CoreWorld, LEASE_OVER_MS } from '../../../test/support/core-world.js';
import { refusal } from '../../../test/support/kaspi-peer.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { ReversalEscalations } from './reversal-escalations.service.js';

const MINUTE = 60_000;

let world: CoreWorld;
let other: TestServer;

beforeAll(async () => {
  world = await CoreWorld.start();
  other = await world.startServer();
});
afterAll(() => world.stop());
afterEach(() => world.reset());

/** The core debited and the PS refuses: a reversal is requested from the core, which answers as planned. */
async function reversing(...plans: Parameters<CoreWorld['core']['plan']>[1][]) {
  const alia = await world.customer();
  world.core.plan('reversal', ...plans);
  const id = await world.scanned(alia);
  world.kaspi.script = () => refusal('RISK_REJECT');
  await alia.confirm(id);
  return { id, alia, since: world.clock.now() };
}

async function expectGivenBack(id: string, account: string): Promise<void> {
  expect(await world.status(id)).toBe('REVERSED');
  expect(await world.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
  expect(world.core.change(account)).toBe(0n);
  expect(await world.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL DONE']);
  expect(await world.messages(id)).toEqual([]);
}

describe('a reversal at the bank’s core', () => {
  it('is REVERSING until the core has made it; nothing is posted to the customer’s account before', async () => {
    const { id, alia } = await reversing('reset', { status: 503, text: '' });
    await world.quiet();
    const reads = async () => (await alia.payment(id)).body.failure?.message;
    expect((await alia.payment(id)).body).toMatchObject({ status: 'REVERSING' });
    expect(await reads()).toMatch(/Деньги возвращаются\.$/);
    expect(await world.journal(id)).toEqual(['PAYMENT']);
    expect(world.core.change(alia.account)).toBe(-10_000n);
    for (let repeats = 0; repeats < 2; repeats++) await world.repeat();
    expect((await alia.payment(id)).body).toMatchObject({ status: 'REVERSED' });
    expect(await reads()).toMatch(/Деньги возвращены\.$/);
    await expectGivenBack(id, alia.account);
  });

  it('is requested again with the same body: the core reverses once, even if its answer is lost', async () => {
    const { id, alia } = await reversing('lost', 'lost');
    await world.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await world.repeat();
    const [first, ...repeats] = world.core.of('reversal');
    expect(repeats).toEqual([first, first]);
    expect(first?.body).toMatchObject({ debitId: id, amount: '100.00', accountId: alia.account });
    await expectGivenBack(id, alia.account);
  });

  it('that is refused is requested again, after others, and alerted once', async () => {
    const { id, alia } = await reversing(...Array(3).fill(refuses('ACCOUNT_CLOSED')));
    await world.quiet();
    expect((await world.messages(id))[0]).toMatchObject({ deadline: null, last_error: 'ACCOUNT_CLOSED' });
    for (let repeats = 0; repeats < 2; repeats++) await world.repeat();
    expect(await world.status(id)).toBe('REVERSING');
    expect(await world.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL REQUESTED']);
    expect(await world.alerts(id)).toEqual(['REVERSAL_REFUSED']);
    await world.repeat();
    expect(await world.alerts(id)).toEqual(['REVERSAL_REFUSED']);
    await expectGivenBack(id, alia.account);
  });

  it('is made once if two attempts run after the lease of the first expired', async () => {
    const answer = held('as it should');
    const { id, alia } = await reversing(answer.plan);
    await answer.arrived;
    world.clock.advance(LEASE_OVER_MS);
    await world.quiet(other);
    await expectGivenBack(id, alia.account);
    const before = await world.row(id);
    answer.release();
    await world.quiet();
    expect(await world.row(id)).toEqual(before);
    await expectGivenBack(id, alia.account);
  });

  it('is not alerted for a refusal that arrives after it was made', async () => {
    const answer = held();
    const { id, alia } = await reversing(async (call) => {
      await (answer.plan as () => Promise<unknown>)();
      return (refuses('ACCOUNT_BLOCKED') as (of: typeof call) => CoreReply)(call);
    });
    await answer.arrived;
    world.clock.advance(LEASE_OVER_MS);
    await world.quiet(other);
    answer.release();
    await world.quiet();
    await expectGivenBack(id, alia.account);
    expect(await world.alerts(id)).toEqual([]);
  });

  it('is requested at once when an operator retries it; after it is made it cannot be retried', async () => {
    const { id, alia } = await reversing('reset');
    await world.quiet();
    const token = await world.server.mpp.teamToken('operations');
    const retry = (message: unknown) => world.server.mpp.call('POST', `/ops/v1/outbox/${message}/retry`, { token });
    const [waiting] = await world.messages(id);
    expect(waiting).toMatchObject({ topic: 'coreReversal' });
    expect(await retry(waiting?.id)).toMatchObject({ status: 200 });
    await world.quiet();
    await expectGivenBack(id, alia.account);
    const done = await world.database.query('select id from outbox_done where key = $1 and topic like $2', [
      id,
      'core%',
    ]);
    expect(done).toHaveLength(2);
    for (const message of done) expect(await retry(message.id)).toMatchObject({ status: 409 });
    await world.quiet();
    expect(world.coreCalls()).toEqual(['accounts', 'debit', 'reversal', 'reversal']);
  });

  it('waits while the server has no core, and a DEBITING payment becomes REVERSING at its deadline', async () => {
    const without = await world.startServer({ CORE_BANKING_URL: '' });
    const { id, alia } = await reversing('reset');
    await world.quiet();
    const bekzat = await world.customer();
    world.core.plan('debit', 'lost');
    const unknown = await world.debiting(bekzat);
    await world.quiet();
    world.core.reset();
    for (const step of [1000, 60_000, 1000]) {
      world.clock.advance(step);
      await world.quiet(without);
    }
    expect(world.coreCalls()).toEqual([]);
    expect(await world.status(id)).toBe('REVERSING');
    expect(await world.row(unknown)).toMatchObject({ status: 'REVERSING', settled_by: 'DEADLINE' });
    await world.repeat();
    await expectGivenBack(id, alia.account);
    expect(await world.status(unknown)).toBe('REVERSED');
    expect(world.core.change(bekzat.account)).toBe(0n);
  });
});

describe('operators are alerted of a reversal that is not made', () => {
  const look = (server = world.server) => server.app.get(ReversalEscalations, { strict: false }).escalateDue();
  const ALL = ['REVERSAL_HALF_TIME', 'REVERSAL_SHORT_OF_TIME', 'REVERSAL_OVERDUE'];

  it('at 50 %, 80 % and 100 % of its hour, once each, with any number of processes', async () => {
    const { id } = await reversing('reset');
    await world.quiet();
    const outcome: [number, number][] = [];
    let at = 0;
    for (const minute of [29.9, 30, 31, 47.9, 48, 59.9, 60, 61, 120]) {
      world.clock.advance((minute - at) * MINUTE);
      at = minute;
      const raised = await Promise.all([look(), look(other)]);
      outcome.push([minute, raised[0] + raised[1]]);
    }
    expect(outcome.filter(([, number]) => number > 0)).toEqual([
      [30, 1],
      [48, 1],
      [60, 1],
    ]);
    expect(await world.alerts(id)).toEqual(ALL);
    const [alert] = await world.database.query('select customer_id, details from alerts where subject = $1', [id]);
    expect(alert).toMatchObject({
      customer_id: expect.stringMatching(/^8008/),
      details: { dueAt: expect.any(String) },
    });
    await world.quiet();
  });

  it('of all three at once if no process ran for two hours', async () => {
    const { id } = await reversing('reset');
    await world.quiet();
    world.clock.advance(120 * MINUTE);
    expect(await look()).toBe(3);
    expect(await look(other)).toBe(0);
    expect(await world.alerts(id)).toEqual(ALL);
    await world.quiet();
  });

  it('not if it is made in time', async () => {
    const { id, alia } = await reversing('reset');
    await world.quiet();
    world.clock.advance(29 * MINUTE);
    await world.quiet();
    await expectGivenBack(id, alia.account);
    world.clock.advance(120 * MINUTE);
    expect(await look()).toBe(0);
    expect(await world.alerts(id)).toEqual([]);
  });

  it('and of no escalation after it was made', async () => {
    const { id } = await reversing('reset');
    await world.quiet();
    world.clock.advance(31 * MINUTE);
    expect(await look()).toBe(1);
    await world.quiet();
    world.clock.advance(120 * MINUTE);
    expect(await look()).toBe(0);
    expect(await world.alerts(id)).toEqual(['REVERSAL_HALF_TIME']);
  });

  it('of the breached deadline even if it was made before any process ran (as R21)', async () => {
    const { id, alia } = await reversing('reset');
    await world.quiet();
    world.clock.advance(61 * MINUTE);
    await world.quiet();
    await expectGivenBack(id, alia.account);
    expect(await world.alerts(id)).toEqual(ALL);
    expect(await look()).toBe(0);
  });

  it('and see the numbers of waiting and overdue reversals', async () => {
    const { id, since } = await reversing('reset');
    await world.quiet();
    const metrics = async (name: string) =>
      new RegExp(`^${name} (\\d+)$`, 'm').exec(
        await world.server.app.get(Metrics, { strict: false }).registry.metrics(),
      )?.[1];
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['1', '0']);
    world.clock.advance(60 * MINUTE);
    expect(world.clock.now()).toEqual(addMilliseconds(since, 60 * MINUTE));
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['1', '1']);
    await world.quiet();
    expect(await world.status(id)).toBe('REVERSED');
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['0', '0']);
  });
});

it('after all that, the books balance', async () => {
  expect((await world.server.mpp.trialBalance()).balanced).toBe(true);
});
