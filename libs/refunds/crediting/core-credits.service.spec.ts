import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { type CorePlan, type CoreReply, held, refuses } from '../../../test/support/core-peer.js';
import { CoreRefunds } from '../../../test/support/core-refunds.js';
import { CoreWorld, LEASE_OVER_MS } from '../../../test/support/core-world.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { until } from '../../../test/support/until.js';

const CLOSED = refuses('ACCOUNT_CLOSED');

let world: CoreWorld;
let other: TestServer;
let refunds: CoreRefunds;
let people = 0;

beforeAll(async () => {
  world = await CoreWorld.start();
  other = await world.startServer();
  refunds = new CoreRefunds(world);
});
afterAll(() => world.stop());
afterEach(() => world.reset());

/** Accounts of a new customer. */
const accounts = (count: number) => {
  const owner = ++people;
  return Array.from({ length: count }, (_, index) => `R${owner}-${index + 1}`) as [string, ...string[]];
};
const change = (...of: string[]) => of.map((account) => world.core.change(account));

describe('a refund of a debit at a bank’s core', () => {
  it('is credited to the account that paid, without a request for accounts, and is recorded before the core is requested', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    world.core.calls.length = 0;
    const answer = held();
    world.core.plan('credit', 'as it should', answer.plan);
    const first = await refunds.refund(bought, '30.00');
    await world.quiet();
    const second = await refunds.refund(bought, '20.00');
    await answer.arrived;
    expect(await refunds.credits(second.id)).toEqual([`${salary} REQUESTED`]);
    expect(await world.journal(second.id)).toEqual([]);
    answer.release();
    await world.quiet();
    expect(world.asked()).toEqual(['credit', 'credit']);
    expect(world.core.of('credit').map(({ body }) => body)).toMatchObject([
      { accountId: salary, amount: '30.00', purpose: 'QR_REFUND', reference: first.refundId },
      { accountId: salary, amount: '20.00', purpose: 'QR_REFUND', reference: second.refundId },
    ]);
    for (const one of [first, second]) {
      expect(await refunds.row(one.refundId)).toMatchObject({ status: 'CREDITED', suspended_at: null });
      expect(await world.journal(one.id)).toEqual(['REFUND']);
      expect(await world.alerts(one.refundId)).toEqual([]);
    }
    expect(change(salary, savings)).toEqual([-5000n, 0n]);
  });

  it('that this account refuses is credited to another account that takes money, with an alert', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    world.core.plan('credit', CLOSED);
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await world.alerts(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    const [entry] = await world.database.query(
      `select a.core_account from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
       where e.reference = $1`,
      [id],
    );
    expect(entry).toEqual({ core_account: savings });
  });

  it('tries all accounts, those first that refused least often, one operation at a time', async () => {
    const [first, second = '', third = ''] = accounts(3);
    const bought = await refunds.paid(first, second, third);
    const open: number[] = [];
    const looksThenRefuses: CorePlan = async (call) => {
      const rows = await world.database.query(
        `select 1 from core_operations where customer_id = $1 and kind = 'CREDIT' and state = 'REQUESTED'`,
        [bought.alia.id],
      );
      open.push(rows.length);
      return (CLOSED as (of: typeof call) => CoreReply)(call);
    };
    world.core.plan('credit', ...Array(4).fill(looksThenRefuses));
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(open).toEqual([1, 1, 1, 1]);
    const all = await refunds.credits(id);
    expect(all.slice(0, 3).toSorted()).toEqual([first, second, third].map((one) => `${one} REFUSED`).toSorted());
    expect(all).toHaveLength(4);
    // Each account has refused, the first one twice: the refund is owed.
    expect(all[0]).toBe(`${first} REFUSED`);
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    expect(await world.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE']);
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('CREDITED');
  });

  it('that the only account refuses twice is put into suspense and credited when the account takes money again', async () => {
    const [salary] = accounts(1);
    const bought = await refunds.paid(salary);
    world.core.plan('credit', CLOSED, CLOSED, CLOSED);
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    expect(await world.journal(id)).toEqual(['REFUND']);
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await refunds.credits(id)).toEqual([...Array(3).fill(`${salary} REFUSED`), `${salary} DONE`]);
    expect(await world.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary)).toEqual([-7000n]);
    expect(await world.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE']);
  });

  it('whose customer has no account that takes money is in suspense until there is one', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary);
    world.core.has(bought.alia.id, { id: salary, status: 'CLOSED' }, { id: 'R-usd', currency: 'USD' });
    world.core.plan('credit', CLOSED);
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.status(refundId)).toBe('SUSPENDED');
    expect((await world.messages(id))[0]).toMatchObject({ deadline: null });
    refunds.has(bought.alia, savings);
    await world.repeat();
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(await world.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    expect(await world.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE', 'REFUND_TO_OTHER_ACCOUNT']);
  });

  it('whose accounts are unknown is neither suspended nor credited: they are requested again', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    world.core.plan('credit', CLOSED);
    world.core.plan('accounts', 'reset');
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.status(refundId)).toBe('ACCEPTED');
    expect((await world.messages(id))[0]).toMatchObject({ last_error: 'the accounts are not known' });
    await world.repeat();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
  });
});

describe('a credit whose outcome is unknown', () => {
  it.each<[string, CoreReply]>([
    ['the answer was lost', 'lost'],
    ['the request never arrived', 'reset'],
    ['the core answers HTTP 502', { status: 502, text: '' }],
    ['the core has not seen it', { status: 404, json: { outcome: 'NEVER_SEEN' } }],
  ])('because %s is requested again with the same content, and no other account is tried', async (_, reply) => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    world.core.calls.length = 0;
    world.core.plan('credit', reply, reply, reply);
    const { refundId, id } = await refunds.refund(bought);
    await world.quiet();
    // Also if the account has changed meanwhile.
    refunds.has(bought.alia, savings);
    for (let repeats = 0; repeats < 3; repeats++) await world.repeat();
    expect(world.asked()).toEqual(['credit', 'credit', 'credit', 'credit']);
    const [first, ...repeated] = world.core.of('credit');
    expect(repeated).toEqual([first, first, first]);
    expect(await refunds.credits(id)).toEqual([`${salary} DONE`]);
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
  });

  it('may turn out to be refused: another account is credited then and not before', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    world.core.plan('credit', 'reset', CLOSED);
    const { id } = await refunds.refund(bought);
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REQUESTED`]);
    await world.repeat();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
  });
});

describe('two attempts of one refund after the lease of the first ran out:', () => {
  it.each<[string, CoreReply]>([
    ['is the same', 'as it should'],
    ['is missing', 'reset'],
    ['is not JSON', { text: '<html>' }],
  ])('the customer is credited once, and the late answer of the first changes nothing if it %s', async (_, late) => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    const answer = held(late);
    world.core.plan('credit', answer.plan);
    const { refundId, id } = await refunds.refund(bought);
    await answer.arrived;
    world.clock.advance(LEASE_OVER_MS);
    await world.quiet(other);
    const credited = await refunds.row(refundId);
    expect(credited.status).toBe('CREDITED');
    answer.release();
    await world.quiet();
    expect(await refunds.row(refundId)).toEqual(credited);
    expect(await refunds.credits(id)).toEqual([`${salary} DONE`]);
    expect(await world.journal(id)).toEqual(['REFUND']);
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
    expect(await world.messages(id)).toEqual([]);
  });

  it('both see the refusal and choose another account: one request is sent', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    const gate = held();
    world.core.plan('credit', CLOSED);
    world.core.plan('accounts', gate.plan);
    const { refundId, id } = await refunds.refund(bought);
    const first = world.quiet();
    await gate.arrived;
    world.clock.advance(LEASE_OVER_MS);
    const answer = held();
    world.core.plan('credit', answer.plan);
    const second = other.app.get(Outbox, { strict: false }).drainOnce();
    await answer.arrived;
    // The first continues while the request of the second is under way.
    gate.release();
    await until(
      'the first attempt to find the credit of the second',
      () => world.messages(id),
      ([message]) => message?.attempts === 3,
    );
    answer.release();
    await Promise.all([first, second]);
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(world.core.of('credit')).toHaveLength(2);
    expect(await refunds.status(refundId)).toBe('CREDITED');
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
  });

  it('the first receives a refusal after the second credited another account: nothing is credited twice', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await refunds.paid(salary, savings);
    const answer = held();
    // The core refuses the account to both attempts; one answer comes late.
    world.core.plan('credit', async (call) => {
      await (answer.plan as () => Promise<unknown>)();
      return (CLOSED as (of: typeof call) => CoreReply)(call);
    });
    world.core.plan('credit', CLOSED);
    const { refundId, id } = await refunds.refund(bought);
    await answer.arrived;
    world.clock.advance(LEASE_OVER_MS);
    await world.quiet(other);
    expect(await refunds.status(refundId)).toBe('CREDITED');
    answer.release();
    await world.quiet();
    expect(await refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    expect(await world.messages(id)).toEqual([]);
  });
});

it('the books balance after all these tests', async () => {
  expect((await world.server.mpp.trialBalance()).balanced).toBe(true);
});
