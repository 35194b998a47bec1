import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { held, refuses } from '../../../test/support/core-peer.js';
import { CoreWorld, type Customer } from '../../../test/support/core-world.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { openReservation } from '../../../test/support/open-reservation.js';

/** Three purchases a day. */
const DAILY_SUM_LIMIT = '300.00';

let world: CoreWorld;
let other: TestServer;

beforeAll(async () => {
  world = await CoreWorld.start({ DAILY_SUM_LIMIT });
  other = await world.startServer({ DAILY_SUM_LIMIT });
});
afterAll(() => world.stop());
afterEach(() => world.reset());

const purchaseOf = async (id: string) => String((await world.row(id)).kaspi_payment_id).replace(/^ps-/, '');
const inOther = (customer: Customer) => other.mpp.as(customer.id);

/** The payment is unchanged, and no core received a request. */
async function expectUntouched(id: string): Promise<void> {
  expect(await world.row(id)).toMatchObject({
    status: 'AWAITING_CONFIRMATION',
    debit_requested_at: null,
    account_id: null,
  });
  expect(await world.operations(id)).toEqual([]);
  expect(await world.messages(id)).toEqual([]);
  expect(world.core.of('debit')).toEqual([]);
}

describe('a confirm with a bank’s core', () => {
  it('writes status, history, operation and message together, and answers before the core does', async () => {
    const alia = await world.customer();
    const answer = held();
    world.core.plan('debit', answer.plan);
    const id = await world.scanned(alia);
    expect(await alia.confirm(id)).toMatchObject({ status: 202, body: { status: 'DEBITING', amount: '100.00' } });
    await answer.arrived;
    const at = world.clock.now();
    expect(await world.row(id)).toMatchObject({
      status: 'DEBITING',
      debit_requested_at: at,
      expires_at: null,
      version: 1,
    });
    expect(await world.database.query('select * from core_operations where subject = $1', [id])).toMatchObject([
      {
        id,
        kind: 'DEBIT',
        state: 'REQUESTED',
        customer_id: alia.id,
        core_account: alia.account,
        amount: '10000',
        reference: id,
        description: 'Kaspi QR: Coffee Bar',
        requested_at: at,
      },
    ]);
    expect(await world.messages(id)).toMatchObject([{ topic: 'coreDebit', attempts: 1, lease: expect.any(String) }]);
    const history = 'select status from qr_payment_history where payment_id = $1 order by version';
    expect(await world.database.query(history, [id])).toEqual([
      { status: 'AWAITING_CONFIRMATION' },
      { status: 'DEBITING' },
    ]);
    answer.release();
    await world.quiet();
  });

  it.each([
    ['the accounts are unavailable', 'reset', 503, 'CORE_UNAVAILABLE'],
    ['the customer has none there', { status: 404, json: {} }, 422, 'ACCOUNT_UNUSABLE'],
  ] as const)('debits nothing where %s', async (_, reply, status, code) => {
    const alia = await world.customer();
    const id = await world.scanned(alia);
    world.core.plan('accounts', reply);
    expect(await alia.confirm(id)).toMatchObject({ status, body: { code } });
    await expectUntouched(id);
    expect((await alia.confirm(id)).body.status).toBe('DEBITING');
    await world.quiet();
  });

  it('debits the account that the customer names, by the bank’s id or ours, and no other', async () => {
    const alia = await world.customer();
    const [salary, savings] = [`${alia.account}-1`, `${alia.account}-2`];
    world.core.has(alia.id, { id: salary, preferred: true }, { id: savings }, { id: 'KZ-old', status: 'CLOSED' });
    const { items } = (await alia.accounts()).body;
    for (const accountId of [savings, items[1]?.id]) {
      const id = await world.scanned(alia);
      await alia.confirm(id, { accountId });
      await world.quiet();
    }
    expect([world.core.change(salary), world.core.change(savings)]).toEqual([0n, -20_000n]);
    const id = await world.scanned(alia);
    world.core.calls.length = 0;
    for (const accountId of ['KZ-old', 'KZ-of-another-customer']) {
      expect(await alia.confirm(id, { accountId })).toMatchObject({ status: 422, body: { code: 'ACCOUNT_UNUSABLE' } });
    }
    await expectUntouched(id);
  });

  it('requests one debit, however many confirms come at the same moment to any process', async () => {
    const alia = await world.customer();
    const there = await inOther(alia);
    const id = await world.scanned(alia);
    const answers = await Promise.all([alia, there, alia, there].map((caller) => caller.confirm(id)));
    for (const { status } of answers) expect([200, 202]).toContain(status);
    await world.quiet();
    expect(world.core.change(alia.account)).toBe(-10_000n);
    expect(world.notifyResults(id)).toEqual(['SUCCESS']);
    expect(await world.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('lets one of two customers pay a purchase, also at the same moment (R33)', async () => {
    const [alia, bekzat] = [await world.customer(), await world.customer()];
    const [first, gate] = [await world.scanned(alia), [held(), held()]];
    const second = await world.scanned(bekzat, 60_000, await purchaseOf(first));
    world.core.plan('accounts', ...gate.map(({ plan }) => plan));
    const answers = Promise.all([alia.confirm(first), (await inOther(bekzat)).confirm(second)]);
    // Both have read that no customer has paid it.
    for (const { arrived } of gate) await arrived;
    for (const { release } of gate) release();
    const [one, two] = await answers;
    expect([one.status, two.status].toSorted()).toEqual([202, 409]);
    expect([one.body.code, two.body.code]).toContain('ALREADY_PAID');
    await world.quiet();
    expect(world.core.change(alia.account) + world.core.change(bekzat.account)).toBe(-10_000n);
    expect([...world.notifyResults(first), ...world.notifyResults(second)]).toEqual(['SUCCESS']);
  });

  it('stops repeats of another customer’s PROCESS_FAIL once its debit is requested: they could undo the purchase (R33)', async () => {
    const [alia, bekzat] = [await world.customer(), await world.customer()];
    world.core.plan('debit', refuses('INSUFFICIENT_FUNDS'), 'reset');
    const happy = world.kaspi.script;
    world.kaspi.script = () => 'reset';
    const first = await world.debiting(alia);
    await world.quiet();
    expect(await world.status(first)).toBe('DECLINED');
    const second = await world.scanned(bekzat, 60_000, await purchaseOf(first));
    await bekzat.confirm(second);
    await world.quiet();
    world.kaspi.script = happy;
    await world.repeat();
    // The PS did not receive the first attempt, and gets no second one.
    expect(world.notifyResults(first)).toEqual(['PROCESS_FAIL']);
    expect(world.notifyResults(second)).toEqual(['SUCCESS']);
    expect([await world.status(first), await world.status(second)]).toEqual(['DECLINED', 'CONFIRMED']);
    expect(await world.messages(first)).toEqual([]);
  });

  it('and a cancel at the same moment: the first that is written wins', async () => {
    const alia = await world.customer();
    const gate = held();
    const id = await world.scanned(alia);
    world.core.plan('accounts', gate.plan);
    const confirmed = alia.confirm(id);
    await gate.arrived;
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    gate.release();
    expect(await confirmed).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await alia.cancel(await world.debiting(alia))).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    await world.quiet();
    expect(world.notifyResults(id)).toEqual(['CANCELLED_BY_CLIENT']);
    expect(await world.operations(id)).toEqual([]);
  });

  it('is too late if its last moment passes while the accounts are read: EXPIRED, and nothing is debited (R16)', async () => {
    const alia = await world.customer();
    const gates = [held(), held()];
    world.core.plan('accounts', ...gates.map(({ plan }) => plan));
    const ids = [await world.scanned(alia, 10_000), await world.scanned(alia, 10_000)];
    for (const [index, gate] of gates.entries()) {
      const id = ids[index] as string;
      const confirmed = alia.confirm(id);
      await gate.arrived;
      // The PS's deadline less the margin is in time, the next millisecond is not.
      world.clock.advance(index === 0 ? 8000 : 1);
      gate.release();
      expect((await confirmed).body.status).toBe(index === 0 ? 'DEBITING' : 'EXPIRED');
      await world.quiet();
    }
    expect(world.core.change(alia.account)).toBe(-10_000n);
    const [, late = ''] = ids;
    expect(await world.row(late)).toMatchObject({ failure_code: 'CONFIRMED_TOO_LATE', debit_requested_at: null });
    expect(world.notifyResults(late)).toEqual([]);
  });

  it('leaves the request to other processes if this one has no free place: it is due at once', async () => {
    const [alia, outbox] = [await world.customer(), world.outbox()];
    const reservations = Array.from({ length: 4 }, () => openReservation(outbox, 'coreDebit'));
    const id = await world.debiting(alia);
    expect(await world.messages(id)).toMatchObject([{ lease: null, attempts: 0, next_attempt_at: world.clock.now() }]);
    await world.quiet(other);
    for (const reservation of reservations) reservation.rollBack();
    expect(await world.status(id)).toBe('CONFIRMED');
    // No earlier request: there was nothing to inquire about.
    expect(world.coreCalls()).toEqual(['accounts', 'debit']);
  });
});
