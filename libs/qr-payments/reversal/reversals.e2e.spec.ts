import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { CoreFixture, LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { type CoreReply, held, refuses } from '../../../test/support/core-peer.js';
import { refusal } from '../../../test/support/kaspi-peer.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { ReversalEscalations } from './reversal-escalations.service.js';

const MINUTE = 60_000;

let fixture: CoreFixture;
let other: TestServer;

beforeAll(async () => {
  fixture = await CoreFixture.start();
  other = await fixture.startServer();
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

/** The core debited and the PS refuses: a reversal is requested from the core, which answers as planned. */
async function reversing(...plans: Parameters<CoreFixture['core']['plan']>[1][]) {
  const alia = await fixture.customer();
  fixture.core.plan('reversal', ...plans);
  const id = await fixture.scanned(alia);
  fixture.kaspi.script = () => refusal('RISK_REJECT');
  await alia.confirm(id);
  return { id, alia, since: fixture.clock.now() };
}

async function expectGivenBack(id: string, account: string): Promise<void> {
  expect(await fixture.status(id)).toBe('REVERSED');
  expect(await fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
  expect(fixture.core.change(account)).toBe(0n);
  expect(await fixture.operations(id)).toEqual(['DEBIT DONE', 'REVERSAL DONE']);
  expect(await fixture.messages(id)).toEqual([]);
}

describe('a reversal at the bank’s core', () => {
  it('is REVERSING until the core has made it; nothing is posted to the customer’s account before', async () => {
    const { id, alia } = await reversing('reset', { status: 503, text: '' });
    await fixture.quiet();
    const reads = async () => (await alia.payment(id)).body.failure?.message;
    expect((await alia.payment(id)).body).toMatchObject({ status: 'REVERSING' });
    expect(await reads()).toMatch(/Деньги возвращаются\.$/);
    expect(await fixture.journal(id)).toEqual(['PAYMENT']);
    expect(fixture.core.change(alia.account)).toBe(-10_000n);
    for (let repeats = 0; repeats < 2; repeats++) await fixture.repeat();
    expect((await alia.payment(id)).body).toMatchObject({ status: 'REVERSED' });
    expect(await reads()).toMatch(/Деньги возвращены\.$/);
    await expectGivenBack(id, alia.account);
  });

  it('is requested again with the same body: the core reverses once, even if its answer is lost', async () => {
    const { id, alia } = await reversing('lost', 'lost');
    await fixture.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await fixture.repeat();
    const [first, ...repeats] = fixture.core.of('reversal');
    expect(repeats).toEqual([first, first]);
    const debitId = fixture.core.of('debit')[0]?.operationId;
    expect(first?.body).toMatchObject({ debitId, amount: '100.00', accountId: alia.account });
    await expectGivenBack(id, alia.account);
  });

  it('is made once if two attempts run after the lease of the first expired', async () => {
    const answer = held('as it should');
    const { id, alia } = await reversing(answer.plan);
    await answer.arrived;
    fixture.clock.advance(LEASE_OVER_MS);
    await fixture.quiet(other);
    await expectGivenBack(id, alia.account);
    const before = await fixture.row(id);
    answer.release();
    await fixture.quiet();
    expect(await fixture.row(id)).toEqual(before);
    await expectGivenBack(id, alia.account);
  });

  it('is not alerted for a refusal that arrives after it was made', async () => {
    const answer = held();
    const { id, alia } = await reversing(async (call) => {
      await (answer.plan as () => Promise<unknown>)();
      return (refuses('ACCOUNT_BLOCKED') as (of: typeof call) => CoreReply)(call);
    });
    await answer.arrived;
    fixture.clock.advance(LEASE_OVER_MS);
    await fixture.quiet(other);
    answer.release();
    await fixture.quiet();
    await expectGivenBack(id, alia.account);
    expect(await fixture.alerts(id)).toEqual([]);
  });

  it('is requested at once when an operator retries it; after it is made it cannot be retried', async () => {
    const { id, alia } = await reversing('reset');
    await fixture.quiet();
    const token = await fixture.server.mpp.teamToken('operations');
    const retry = (message: unknown) => fixture.server.mpp.call('POST', `/ops/v1/outbox/${message}/retry`, { token });
    const [waiting] = await fixture.messages(id);
    expect(waiting).toMatchObject({ topic: 'coreReversal' });
    expect(await retry(waiting?.id)).toMatchObject({ status: 200 });
    await fixture.quiet();
    await expectGivenBack(id, alia.account);
    const done = await fixture.database.query('select id from outbox_done where key = $1 and topic like $2', [
      id,
      'core%',
    ]);
    expect(done).toHaveLength(2);
    for (const message of done) expect(await retry(message.id)).toMatchObject({ status: 409 });
    await fixture.quiet();
    expect(fixture.coreCalls()).toEqual(['accounts', 'debit', 'reversal', 'reversal']);
  });

  it('waits while the server has no core, and a DEBITING payment becomes REVERSING at its deadline', async () => {
    const without = await fixture.startServer({ CORE_BANKING_URL: '' });
    const { id, alia } = await reversing('reset');
    await fixture.quiet();
    const bekzat = await fixture.customer();
    fixture.core.plan('debit', 'lost');
    const unknown = await fixture.debiting(bekzat);
    await fixture.quiet();
    fixture.core.reset();
    for (const step of [1000, 60_000, 1000]) {
      fixture.clock.advance(step);
      await fixture.quiet(without);
    }
    expect(fixture.coreCalls()).toEqual([]);
    expect(await fixture.status(id)).toBe('REVERSING');
    expect(await fixture.row(unknown)).toMatchObject({ status: 'REVERSING', settled_by: 'DEADLINE' });
    await fixture.repeat();
    await expectGivenBack(id, alia.account);
    expect(await fixture.status(unknown)).toBe('REVERSED');
    expect(fixture.core.change(bekzat.account)).toBe(0n);
  });
});

describe('operators are alerted of a reversal that is not made', () => {
  const look = (server = fixture.server) => server.app.get(ReversalEscalations, { strict: false }).escalateDue();
  const ALL = ['REVERSAL_HALF_TIME', 'REVERSAL_SHORT_OF_TIME', 'REVERSAL_OVERDUE'];

  it('at 50 %, 80 % and 100 % of its hour, once each, with any number of processes', async () => {
    const { id } = await reversing('reset');
    await fixture.quiet();
    const outcome: [number, number][] = [];
    let at = 0;
    for (const minute of [29.9, 30, 31, 47.9, 48, 59.9, 60, 61, 120]) {
      fixture.clock.advance((minute - at) * MINUTE);
      at = minute;
      const raised = await Promise.all([look(), look(other)]);
      outcome.push([minute, raised[0] + raised[1]]);
    }
    expect(outcome.filter(([, number]) => number > 0)).toEqual([
      [30, 1],
      [48, 1],
      [60, 1],
    ]);
    expect(await fixture.alerts(id)).toEqual(ALL);
    const [alert] = await fixture.database.query('select customer_id, details from alerts where subject = $1', [id]);
    expect(alert).toMatchObject({
      customer_id: expect.stringMatching(/^8008/),
      details: { paymentId: id, creditBy: expect.any(String) },
    });
    await fixture.quiet();
  });

  it('of all three at once if no process ran for two hours', async () => {
    const { id } = await reversing('reset');
    await fixture.quiet();
    fixture.clock.advance(120 * MINUTE);
    expect(await look()).toBe(3);
    expect(await look(other)).toBe(0);
    expect(await fixture.alerts(id)).toEqual(ALL);
    await fixture.quiet();
  });

  it('not if it is made in time', async () => {
    const { id, alia } = await reversing('reset');
    await fixture.quiet();
    fixture.clock.advance(29 * MINUTE);
    await fixture.quiet();
    await expectGivenBack(id, alia.account);
    fixture.clock.advance(120 * MINUTE);
    expect(await look()).toBe(0);
    expect(await fixture.alerts(id)).toEqual([]);
  });

  it('not by a clock that was set a day ahead', async () => {
    const { id } = await reversing('reset');
    await fixture.quiet();
    fixture.clock.set(24 * 60 * MINUTE);
    expect(await look()).toBe(0);
    fixture.clock.set(0);
    await fixture.repeat();
    expect([await fixture.status(id), await fixture.alerts(id)]).toEqual(['REVERSED', []]);
  });

  it('and of no escalation after it was made', async () => {
    const { id } = await reversing('reset');
    await fixture.quiet();
    fixture.clock.advance(31 * MINUTE);
    expect(await look()).toBe(1);
    await fixture.quiet();
    fixture.clock.advance(120 * MINUTE);
    expect(await look()).toBe(0);
    expect(await fixture.alerts(id)).toEqual(['REVERSAL_HALF_TIME']);
  });

  it('of the breached deadline even if it was made before any process ran (as R21)', async () => {
    const { id, alia } = await reversing('reset');
    await fixture.quiet();
    fixture.clock.advance(61 * MINUTE);
    await fixture.quiet();
    await expectGivenBack(id, alia.account);
    expect(await fixture.alerts(id)).toEqual(ALL);
    expect(await look()).toBe(0);
  });

  it('and see the numbers of waiting and overdue reversals', async () => {
    const { id, since } = await reversing('reset');
    await fixture.quiet();
    const metrics = async (name: string) =>
      new RegExp(`^${name} (\\d+)$`, 'm').exec(
        await fixture.server.app.get(Metrics, { strict: false }).registry.metrics(),
      )?.[1];
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['1', '0']);
    fixture.clock.advance(60 * MINUTE);
    expect(fixture.clock.now()).toEqual(addMilliseconds(since, 60 * MINUTE));
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['1', '1']);
    await fixture.quiet();
    expect(await fixture.status(id)).toBe('REVERSED');
    expect([await metrics('mpp_reversals_waiting'), await metrics('mpp_reversals_overdue')]).toEqual(['0', '0']);
  });
});

it('after all that, the books balance', async () => {
  expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
