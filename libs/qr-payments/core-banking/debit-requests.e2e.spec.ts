import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CoreFixture, type Customer } from '../../../test/support/core-fixture.js';
import { held, refuses } from '../../../test/support/core-peer.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { openReservation } from '../../../test/support/open-reservation.js';

/** Three purchases a day. */
const DAILY_SUM_LIMIT = '300.00';

let fixture: CoreFixture;
let other: TestServer;

beforeAll(async () => {
  fixture = await CoreFixture.start({ DAILY_SUM_LIMIT });
  other = await fixture.startServer({ DAILY_SUM_LIMIT });
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

const purchaseOf = async (id: string) => String((await fixture.row(id)).kaspi_payment_id).replace(/^ps-/, '');
const inOther = (customer: Customer) => other.mpp.as(customer.id);

/** The payment is unchanged, and no core received a request. */
async function expectUntouched(id: string): Promise<void> {
  expect(await fixture.row(id)).toMatchObject({
    status: 'AWAITING_CONFIRMATION',
    debit_requested_at: null,
    account_id: null,
  });
  expect(await fixture.operations(id)).toEqual([]);
  expect(await fixture.messages(id)).toEqual([]);
  expect(fixture.core.of('debit')).toEqual([]);
}

describe('a confirm with a bank’s core', () => {
  it('writes status, history, operation and message together, and answers before the core does', async () => {
    const alia = await fixture.customer();
    const answer = held();
    fixture.core.plan('debit', answer.plan);
    const id = await fixture.scanned(alia);
    expect(await alia.confirm(id)).toMatchObject({ status: 202, body: { status: 'DEBITING', amount: '100.00' } });
    await answer.arrived;
    const at = fixture.clock.now();
    expect(await fixture.row(id)).toMatchObject({
      status: 'DEBITING',
      debit_requested_at: at,
      expires_at: null,
      version: 1,
    });
    expect(await fixture.database.query('select * from core_operations where subject = $1', [id])).toMatchObject([
      {
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
    expect(await fixture.messages(id)).toMatchObject([{ topic: 'coreDebit', attempts: 1, lease: expect.any(String) }]);
    const history = 'select status from qr_payment_history where payment_id = $1 order by version';
    expect(await fixture.database.query(history, [id])).toEqual([
      { status: 'AWAITING_CONFIRMATION' },
      { status: 'DEBITING' },
    ]);
    answer.release();
    await fixture.quiet();
  });

  it.each([
    ['the accounts are unavailable', 'reset', 503, 'CORE_UNAVAILABLE'],
    ['the customer has none there', { status: 404, json: {} }, 422, 'ACCOUNT_UNUSABLE'],
  ] as const)('debits nothing where %s', async (_, reply, status, code) => {
    const alia = await fixture.customer();
    const id = await fixture.scanned(alia);
    fixture.core.plan('accounts', reply);
    expect(await alia.confirm(id)).toMatchObject({ status, body: { code } });
    await expectUntouched(id);
    expect((await alia.confirm(id)).body.status).toBe('DEBITING');
    await fixture.quiet();
  });

  it('debits the account that the customer names, by the bank’s id or ours, and no other', async () => {
    const alia = await fixture.customer();
    const [salary, savings] = [`${alia.account}-1`, `${alia.account}-2`];
    fixture.core.has(alia.id, { id: salary, preferred: true }, { id: savings }, { id: 'KZ-old', status: 'CLOSED' });
    const { items } = (await alia.accounts()).body;
    for (const accountId of [savings, items[1]?.id]) {
      const id = await fixture.scanned(alia);
      await alia.confirm(id, { accountId });
      await fixture.quiet();
    }
    expect([fixture.core.change(salary), fixture.core.change(savings)]).toEqual([0n, -20_000n]);
    const id = await fixture.scanned(alia);
    fixture.core.calls.length = 0;
    for (const accountId of ['KZ-old', 'KZ-of-another-customer']) {
      expect(await alia.confirm(id, { accountId })).toMatchObject({ status: 422, body: { code: 'ACCOUNT_UNUSABLE' } });
    }
    await expectUntouched(id);
  });

  it('requests one debit, however many confirms come at the same moment to any process', async () => {
    const alia = await fixture.customer();
    const there = await inOther(alia);
    const id = await fixture.scanned(alia);
    const answers = await Promise.all([alia, there, alia, there].map((caller) => caller.confirm(id)));
    for (const { status } of answers) expect([200, 202]).toContain(status);
    await fixture.quiet();
    expect(fixture.core.change(alia.account)).toBe(-10_000n);
    expect(fixture.notifyResults(id)).toEqual(['SUCCESS']);
    expect(await fixture.operations(id)).toEqual(['DEBIT DONE']);
  });

  it('lets one of two customers pay a purchase, also at the same moment (R33)', async () => {
    const [alia, bekzat] = [await fixture.customer(), await fixture.customer()];
    const [first, gate] = [await fixture.scanned(alia), [held(), held()]];
    const second = await fixture.scanned(bekzat, 60_000, await purchaseOf(first));
    fixture.core.plan('accounts', ...gate.map(({ plan }) => plan));
    const answers = Promise.all([alia.confirm(first), (await inOther(bekzat)).confirm(second)]);
    // Both have read that no customer has paid it.
    for (const { arrived } of gate) await arrived;
    for (const { release } of gate) release();
    const [one, two] = await answers;
    expect([one.status, two.status].toSorted()).toEqual([202, 409]);
    expect([one.body.code, two.body.code]).toContain('ALREADY_PAID');
    await fixture.quiet();
    expect(fixture.core.change(alia.account) + fixture.core.change(bekzat.account)).toBe(-10_000n);
    expect([...fixture.notifyResults(first), ...fixture.notifyResults(second)]).toEqual(['SUCCESS']);
  });

  it('is refused while another customer’s PROCESS_FAIL is repeated: the purchase is closed, and the core gets no request (R38)', async () => {
    const [alia, bekzat] = [await fixture.customer(), await fixture.customer()];
    fixture.core.plan('debit', refuses('INSUFFICIENT_FUNDS'));
    const happy = fixture.kaspi.script;
    fixture.kaspi.script = () => 'reset';
    const first = await fixture.debiting(alia);
    await fixture.quiet();
    expect(await fixture.status(first)).toBe('DECLINED');
    fixture.kaspi.script = happy;
    const second = await fixture.scanned(bekzat, 60_000, await purchaseOf(first));
    expect(await bekzat.confirm(second)).toMatchObject({ status: 409, body: { code: 'PURCHASE_CLOSED' } });
    await fixture.repeat();
    expect(fixture.notifyResults(first)).toEqual(['PROCESS_FAIL', 'PROCESS_FAIL']);
    expect(fixture.notifyResults(second)).toEqual([]);
    expect(await fixture.operations(second)).toEqual([]);
    expect(await fixture.status(second)).toBe('AWAITING_CONFIRMATION');
    expect(await fixture.messages(first)).toEqual([]);
  });

  it('and a cancel at the same moment: the first that is written wins', async () => {
    const alia = await fixture.customer();
    const gate = held();
    const id = await fixture.scanned(alia);
    fixture.core.plan('accounts', gate.plan);
    const confirmed = alia.confirm(id);
    await gate.arrived;
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    gate.release();
    expect(await confirmed).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await alia.cancel(await fixture.debiting(alia))).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    await fixture.quiet();
    expect(fixture.notifyResults(id)).toEqual(['CANCELLED_BY_CLIENT']);
    expect(await fixture.operations(id)).toEqual([]);
  });

  it('is too late if its last moment passes while the accounts are read: EXPIRED, and nothing is debited (R16)', async () => {
    const alia = await fixture.customer();
    const gates = [held(), held()];
    fixture.core.plan('accounts', ...gates.map(({ plan }) => plan));
    const ids = [await fixture.scanned(alia, 10_000), await fixture.scanned(alia, 10_000)];
    for (const [index, gate] of gates.entries()) {
      const id = ids[index] as string;
      const confirmed = alia.confirm(id);
      await gate.arrived;
      // The PS's deadline less the margin is in time, the next millisecond is not.
      fixture.clock.advance(index === 0 ? 8000 : 1);
      gate.release();
      expect((await confirmed).body.status).toBe(index === 0 ? 'DEBITING' : 'EXPIRED');
      await fixture.quiet();
    }
    expect(fixture.core.change(alia.account)).toBe(-10_000n);
    const [, late = ''] = ids;
    expect(await fixture.row(late)).toMatchObject({ failure_code: 'CONFIRMED_TOO_LATE', debit_requested_at: null });
    expect(fixture.notifyResults(late)).toEqual([]);
  });

  it('leaves the request to other processes if this one has no free place: it is due at once', async () => {
    const [alia, outbox] = [await fixture.customer(), fixture.outbox()];
    const reservations = Array.from({ length: 4 }, () => openReservation(outbox, 'coreDebit'));
    const id = await fixture.debiting(alia);
    expect(await fixture.messages(id)).toMatchObject([
      { lease: null, attempts: 0, next_attempt_at: fixture.clock.now() },
    ]);
    await fixture.quiet(other);
    for (const reservation of reservations) reservation.rollBack();
    expect(await fixture.status(id)).toBe('CONFIRMED');
    // No earlier request: there was nothing to inquire about.
    expect(fixture.coreCalls()).toEqual(['accounts', 'debit']);
  });
});
