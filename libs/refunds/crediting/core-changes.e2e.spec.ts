import { describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { CLOSED, coreChangesFixture } from '../../../test/support/core-changes-fixture.js';
import { LEASE_OVER_MS } from '../../../test/support/core-fixture.js';
import { held } from '../../../test/support/core-peer.js';
import type { Bought } from '../../../test/support/core-refunds.js';

const { context, accounts, change, redirect } = coreChangesFixture();

const ownBalance = async (account: string) => {
  const [row] = await context.fixture.database.query('select balance from ledger_accounts where id = $1', [account]);
  return row?.balance;
};

/** A payment that a server without a core debited from the own ledger. */
async function paidFromOwnLedger(): Promise<Bought & { own: string }> {
  const alia = await context.fixture.customer();
  const own = await context.without.mpp.open(alia.id, '1000.00');
  const id = await context.fixture.scanned(alia);
  await (await context.without.mpp.as(alia.id)).confirm(id);
  await context.fixture.quiet(context.without);
  expect(await context.fixture.status(id)).toBe('CONFIRMED');
  const { kaspi_payment_id } = await context.fixture.row(id);
  return { alia, id, own, purchase: { paymentId: String(kaspi_payment_id), customerId: alia.id } };
}

describe('a server whose core was removed', () => {
  it('does not credit a refund that the core may have credited: the refund waits for the core', async () => {
    const [salary] = accounts(1);
    const bought = await context.refunds.paid(salary);
    const own = await context.without.mpp.open(bought.alia.id, '0.00');
    context.fixture.core.plan('credit', 'lost');
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat(context.without);
    expect(await context.refunds.status(refundId)).toBe('ACCEPTED');
    expect((await context.fixture.messages(id))[0]).toMatchObject({
      last_error: 'a core that is no longer configured may have credited it',
    });
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.fixture.journal(id)).toEqual(['REFUND']);
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
  });

  it('refuses an operator’s redirect while the core may have credited the refund', async () => {
    const [salary] = accounts(1);
    const bought = await context.refunds.paid(salary);
    const own = await context.without.mpp.open(bought.alia.id, '0.00');
    context.fixture.core.plan('credit', 'lost');
    const { refundId } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await redirect(refundId, own, context.without)).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    expect(await ownBalance(own)).toBe('0');
    expect(await context.refunds.status(refundId)).toBe('ACCEPTED');
    await context.fixture.repeat();
    expect([await ownBalance(own), ...change(salary)]).toEqual(['0', -7000n]);
  });

  it('credits a refund that the core refused or was never requested to credit on an account of the own ledger', async () => {
    const [salary] = accounts(1);
    const bought = await context.refunds.paid(salary);
    const own = await context.without.mpp.open(bought.alia.id, '0.00');
    context.fixture.core.plan('credit', CLOSED);
    context.fixture.core.plan('accounts', 'reset');
    const refused = await context.refunds.refund(bought);
    await context.fixture.quiet();
    const never = await context.refunds.refund(bought, '20.00', context.without);
    await context.fixture.repeat(context.without);
    for (const { refundId, id } of [refused, never]) {
      expect(await context.refunds.status(refundId)).toBe('CREDITED');
      expect(await context.fixture.journal(id)).toEqual(['REFUND']);
    }
    expect([await ownBalance(own), ...change(salary)]).toEqual(['5000', -10_000n]);
  });

  it('puts a refund of a customer without an account into suspense, from which the core releases it later', async () => {
    const [salary] = accounts(1);
    const bought = await context.refunds.paid(salary);
    const { refundId, id } = await context.refunds.refund(bought, '30.00', context.without);
    await context.fixture.quiet(context.without);
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.fixture.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary)).toEqual([-7000n]);
  });
});

describe('a server that got a core', () => {
  it('credits a refund of a debit of the own ledger at the core', async () => {
    const bought = await paidFromOwnLedger();
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.refunds.credits(id)).toEqual([`${bought.alia.account} DONE`]);
    expect(await context.fixture.alerts(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
    expect([await ownBalance(bought.own), ...change(bought.alia.account)]).toEqual(['90000', 3000n]);
  });

  it('does not credit at the core what an old process credits from the own ledger at the same time', async () => {
    const bought = await paidFromOwnLedger();
    const gate = held();
    context.fixture.core.plan('accounts', gate.plan);
    const { refundId, id } = await context.refunds.refund(bought);
    // The lease of this process runs out while it requests the accounts, and the old process claims the refund.
    await gate.arrived;
    context.fixture.clock.advance(LEASE_OVER_MS);
    await context.without.app.get(Outbox, { strict: false }).drainOnce();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    gate.release();
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([]);
    expect([await ownBalance(bought.own), ...change(bought.alia.account)]).toEqual(['93000', 0n]);
    expect(await context.fixture.messages(id)).toEqual([]);
  });
});

it('the books balance after all these tests', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
