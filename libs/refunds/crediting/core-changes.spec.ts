import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { held, refuses } from '../../../test/support/core-peer.js';
import { type Bought, CoreRefunds } from '../../../test/support/core-refunds.js';
import { CoreWorld, LEASE_OVER_MS } from '../../../test/support/core-world.js';
import type { Answer, TestServer } from '../../../test/support/mpp.js';

const CLOSED = refuses('ACCOUNT_CLOSED');
const NOBODYS = '019a0000-0000-7000-8000-0000000000ff';

let world: CoreWorld;
/** A server of the same bank without CORE_BANKING_URL: before it was set or after it was removed. */
let without: TestServer;
let refunds: CoreRefunds;
let operator: string;
let people = 0;

beforeAll(async () => {
  world = await CoreWorld.start();
  without = await world.startServer({ CORE_BANKING_URL: '' });
  refunds = new CoreRefunds(world);
  operator = await world.server.mpp.teamToken('operations');
});
afterAll(() => world.stop());
afterEach(async () => {
  world.reset();
  // The next test starts without waiting messages.
  await world.repeat();
  expect(await world.database.query('select topic from outbox_messages')).toEqual([]);
});

const accounts = (count: number) => {
  const owner = ++people;
  return Array.from({ length: count }, (_, index) => `C${owner}-${index + 1}`) as [string, ...string[]];
};
const change = (...of: string[]) => of.map((account) => world.core.change(account));
const redirect = (refundId: string, accountId: string, server = world.server) =>
  server.mpp.call<{ code?: string; status?: string }>('POST', `/ops/v1/refunds/${refundId}/redirect`, {
    token: operator,
    body: { accountId, reason: 'case 4712' },
  });
const ownBalance = async (account: string) => {
  const [row] = await world.database.query('select balance from ledger_accounts where id = $1', [account]);
  return row?.balance;
};

/** A payment that a server without a core debited from the own ledger. */
async function paidFromOwnLedger(): Promise<Bought & { own: string }> {
  const alia = await world.customer();
  const own = await without.mpp.open(alia.id, '1000.00');
  const id = await world.scanned(alia);
  await (await without.mpp.as(alia.id)).confirm(id);
  await world.quiet(without);
  expect(await world.status(id)).toBe('CONFIRMED');
  const { kaspi_payment_id } = await world.row(id);
  return { alia, id, own, purchase: { paymentId: String(kaspi_payment_id), customerId: alia.id } };
}

describe('a server whose core was removed', () => {
  it('does not credit a refund that the core may have credited: the refund waits for the core', async () => {
    const [salary] = accounts(1);
    const bought = await refunds.paid(salary);
    const own = await without.mpp.open(bought.alia.id, '0.00');
    world.core.plan('credit', 'lost');
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await world.repeat(without);
    expect(await refunds.status(refundId)).toBe('ACCEPTED');
    expect((await world.messages(id))[0]).toMatchObject({
      last_error: 'a core that is no longer configured may have credited it',
    });
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await world.journal(id)).toEqual(['REFUND']);
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
  });

  it('refuses an operator’s redirect while the core may have credited the refund', async () => {
    const [salary] = accounts(1);
    const bought = await refunds.paid(salary);
    const own = await without.mpp.open(bought.alia.id, '0.00');
    world.core.plan('credit', 'lost');
    const { refundId } = await refunds.refund(bought);
    await world.quiet();
    expect(await redirect(refundId, own, without)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect(await ownBalance(own)).toBe('0');
    expect(await refunds.status(refundId)).toBe('ACCEPTED');
    await world.repeat();
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
  });

  it('credits a refund that the core refused or was never requested to credit on an account of the own ledger', async () => {
    const [salary] = accounts(1);
    const bought = await refunds.paid(salary);
    const own = await without.mpp.open(bought.alia.id, '0.00');
    world.core.plan('credit', CLOSED);
    world.core.plan('accounts', 'reset');
    const refused = await refunds.refund(bought);
    await world.quiet();
    const never = await refunds.refund(bought, '20.00', without);
    await world.repeat(without);
    for (const { refundId, id } of [refused, never]) {
      expect(await refunds.status(refundId)).toBe('CREDITED');
      expect(await world.journal(id)).toEqual(['REFUND']);
    }
    expect([await ownBalance(own), ...change(salary)]).toEqual(['5000', -10_000n]);
  });

  it('puts a refund of a customer without an account into suspense, from which the core releases it later', async () => {
    const [salary] = accounts(1);
    const bought = await refunds.paid(salary);
    const { refundId, id } = await refunds.refund(bought, '30.00', without);
    await world.quiet(without);
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await world.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary)).toEqual([-7000n]);
  });
});

describe('a server that got a core', () => {
  it('credits a refund of a debit of the own ledger at the core', async () => {
    const bought = await paidFromOwnLedger();
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await refunds.credits(id)).toEqual([`${bought.alia.account} DONE`]);
    expect(await world.alerts(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
    expect([await ownBalance(bought.own), ...change(bought.alia.account)]).toEqual(['90000', 3000n]);
  });

  it('does not credit at the core what an old process credits from the own ledger at the same time', async () => {
    const bought = await paidFromOwnLedger();
    const gate = held();
    world.core.plan('accounts', gate.plan);
    const { refundId, id } = await refunds.refund(bought);
    // The lease of this process runs out while it requests the accounts, and the old process claims the refund.
    await gate.arrived;
    world.clock.advance(LEASE_OVER_MS);
    await without.app.get(Outbox, { strict: false }).drainOnce();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    gate.release();
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([]);
    expect([await ownBalance(bought.own), ...change(bought.alia.account)]).toEqual(['93000', 0n]);
    expect(await world.messages(id)).toEqual([]);
  });
});

describe('a refund that an operator redirects at the core', () => {
  /** The account that paid has refused and the other accounts are unknown: the refund waits. */
  async function waiting(...names: [string, ...string[]]) {
    const bought = await refunds.paid(...names);
    world.core.plan('credit', CLOSED);
    world.core.plan('accounts', 'reset');
    const refund = await refunds.refund(bought);
    await world.quiet();
    world.core.reset();
    const { items } = (await bought.alia.accounts()).body;
    return { ...bought, ...refund, ours: items.map(({ id }) => id) };
  }
  const expectProblem = (answer: Answer<{ code?: string }>, status: number, code: string) =>
    expect(answer).toMatchObject({ status, body: { code } });
  const audit = (refundId: string) =>
    world.database.query('select action, reason, details from access_audit where subject = $1', [refundId]);

  it('is credited to that account at once, and the audit trail names the operator', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { refundId, id, ours } = await waiting(salary, savings, third);
    const to = ours[2] as string;
    expect(await redirect(refundId, to)).toMatchObject({ status: 200 });
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${third} DONE`]);
    expect(await refunds.row(refundId)).toMatchObject({ status: 'CREDITED', credited_account_id: to });
    expect(change(salary, savings, third)).toEqual([-10_000n, 0n, 3000n]);
    expect(await audit(refundId)).toEqual([
      { action: 'REFUND_REDIRECTED', reason: 'case 4712', details: { accountId: to } },
    ]);
  });

  it('and that is refused there too goes to the account that refused least often', async () => {
    const [salary, savings = ''] = accounts(2);
    const { refundId, id, ours } = await waiting(salary, savings);
    world.core.plan('credit', CLOSED);
    expect(await redirect(refundId, ours[1] as string)).toMatchObject({ status: 200 });
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} REFUSED`, `${salary} DONE`]);
    expect(await refunds.status(refundId)).toBe('CREDITED');
  });

  it('in suspense is released to that account', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary);
    world.core.plan('credit', CLOSED, CLOSED);
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    refunds.has(bought.alia, savings);
    const { items } = (await bought.alia.accounts()).body;
    expect(await redirect(refundId, items[0]?.id ?? '')).toMatchObject({ status: 200 });
    await world.quiet();
    expect(await world.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(savings)).toEqual([3000n]);
  });

  it.each([
    ['does not exist', NOBODYS],
    ['is named by the bank’s own id', 'C-bank'],
    ['is blocked', 1],
    ['is in dollars', 2],
  ])('stays unchanged if the account %s: 422', async (_, which) => {
    const [salary, blocked = '', dollars = ''] = accounts(3);
    const { refundId, id, alia, ours } = await waiting(salary, blocked, dollars);
    world.core.has(alia.id, { id: salary }, { id: blocked, status: 'BLOCKED' }, { id: dollars, currency: 'USD' });
    const account = typeof which === 'number' ? String(ours[which]) : which;
    expectProblem(await redirect(refundId, account), 422, 'ACCOUNT_UNUSABLE');
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`]);
    expect(await audit(refundId)).toEqual([]);
  });

  it('stays unchanged if the core does not return the accounts: 503', async () => {
    const [salary, savings = ''] = accounts(2);
    const { refundId, id, ours } = await waiting(salary, savings);
    world.core.plan('accounts', 'reset');
    expectProblem(await redirect(refundId, ours[1] as string), 503, 'CORE_UNAVAILABLE');
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`]);
  });

  it('is not redirected while a credit may have been carried out: 409, and the customer is credited once', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    const [, to] = (await bought.alia.accounts()).body.items;
    world.core.plan('credit', 'lost');
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    expect(await audit(refundId)).toEqual([]);
    // The message was not made due: nothing of the call is written.
    expect((await world.messages(id))[0]).toMatchObject({ attempts: 1 });
    await world.repeat();
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
  });

  it('is not redirected while it is being credited or after that: 409', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    const [, to] = (await bought.alia.accounts()).body.items;
    const answer = held();
    world.core.plan('credit', answer.plan);
    const { refundId } = await refunds.refund(bought);
    await answer.arrived;
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    answer.release();
    await world.quiet();
    expectProblem(await redirect(refundId, String(to?.id)), 409, 'STATE_CONFLICT');
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
    expect(await audit(refundId)).toEqual([]);
  });

  it('by two operators at the same time is credited to one of the two accounts', async () => {
    const [salary, savings = '', third = ''] = accounts(3);
    const { refundId, id, ours } = await waiting(salary, savings, third);
    const answers = await Promise.all([redirect(refundId, String(ours[1])), redirect(refundId, String(ours[2]))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    await world.quiet();
    expect(await refunds.credits(id)).toHaveLength(2);
    expect(change(savings, third).toSorted()).toEqual([0n, 3000n]);
    expect(await audit(refundId)).toHaveLength(1);
  });
});

it('the books balance after all these tests', async () => {
  expect((await world.server.mpp.trialBalance()).balanced).toBe(true);
});
