import { describe, expect, it } from '@jest/globals';
import { CLOSED, coreCreditsFixture } from '../../../test/support/core-credits-fixture.js';
import { type CorePlan, type CoreReply, held } from '../../../test/support/core-peer.js';

const { context, accounts, change } = coreCreditsFixture();

describe('a refund of a debit at a bank’s core', () => {
  it('is credited to the account that paid, without a request for accounts, and is recorded before the core is requested', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    context.fixture.core.calls.length = 0;
    const answer = held();
    context.fixture.core.plan('credit', 'as it should', answer.plan);
    const first = await context.refunds.refund(bought, '30.00');
    await context.fixture.quiet();
    const second = await context.refunds.refund(bought, '20.00');
    await answer.arrived;
    expect(await context.refunds.credits(second.id)).toEqual([`${salary} REQUESTED`]);
    expect(await context.fixture.journal(second.id)).toEqual([]);
    answer.release();
    await context.fixture.quiet();
    expect(context.fixture.coreCalls()).toEqual(['credit', 'credit']);
    expect(context.fixture.core.of('credit').map(({ body }) => body)).toMatchObject([
      { accountId: salary, amount: '30.00', purpose: 'QR_REFUND', reference: first.refundId },
      { accountId: salary, amount: '20.00', purpose: 'QR_REFUND', reference: second.refundId },
    ]);
    for (const one of [first, second]) {
      expect(await context.refunds.row(one.refundId)).toMatchObject({ status: 'CREDITED', suspended_at: null });
      expect(await context.fixture.journal(one.id)).toEqual(['REFUND']);
      expect(await context.fixture.alerts(one.refundId)).toEqual([]);
    }
    expect(change(salary, savings)).toEqual([-5000n, 0n]);
  });

  it('that this account refuses is credited to another account that takes money, with an alert', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    context.fixture.core.plan('credit', CLOSED);
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.fixture.alerts(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    const [entry] = await context.fixture.database.query(
      `select a.core_account from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
       where e.reference = $1`,
      [id],
    );
    expect(entry).toEqual({ core_account: savings });
  });

  it('tries all accounts, those first that refused least often, one operation at a time', async () => {
    const [first, second = '', third = ''] = accounts(3);
    const bought = await context.refunds.paid(first, second, third);
    const open: number[] = [];
    const looksThenRefuses: CorePlan = async (call) => {
      const rows = await context.fixture.database.query(
        `select 1 from core_operations where customer_id = $1 and kind = 'CREDIT' and state = 'REQUESTED'`,
        [bought.alia.id],
      );
      open.push(rows.length);
      return (CLOSED as (of: typeof call) => CoreReply)(call);
    };
    context.fixture.core.plan('credit', ...Array(4).fill(looksThenRefuses));
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(open).toEqual([1, 1, 1, 1]);
    const all = await context.refunds.credits(id);
    expect(all.slice(0, 3).toSorted()).toEqual([first, second, third].map((one) => `${one} REFUSED`).toSorted());
    expect(all).toHaveLength(4);
    // Each account has refused, the first one twice: the refund is owed.
    expect(all[0]).toBe(`${first} REFUSED`);
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    expect(await context.fixture.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE']);
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
  });

  it('that the only account refuses twice is put into suspense and credited when the account takes money again', async () => {
    const [salary] = accounts(1);
    const bought = await context.refunds.paid(salary);
    context.fixture.core.plan('credit', CLOSED, CLOSED, CLOSED);
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    expect(await context.fixture.journal(id)).toEqual(['REFUND']);
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.refunds.credits(id)).toEqual([...Array(3).fill(`${salary} REFUSED`), `${salary} DONE`]);
    expect(await context.fixture.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary)).toEqual([-7000n]);
    expect(await context.fixture.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE']);
  });

  it('whose customer has no account that takes money is in suspense until there is one', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary);
    context.fixture.core.has(bought.alia.id, { id: salary, status: 'CLOSED' }, { id: 'R-usd', currency: 'USD' });
    context.fixture.core.plan('credit', CLOSED);
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.status(refundId)).toBe('SUSPENDED');
    expect((await context.fixture.messages(id))[0]).toMatchObject({ deadline: null });
    context.refunds.has(bought.alia, savings);
    await context.fixture.repeat();
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(await context.fixture.journal(id)).toEqual(['REFUND', 'REFUND_RELEASE']);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
    expect(await context.fixture.alerts(refundId)).toEqual(['REFUND_IN_SUSPENSE', 'REFUND_TO_OTHER_ACCOUNT']);
  });

  it('whose accounts are unknown is neither suspended nor credited: they are requested again', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    context.fixture.core.plan('credit', CLOSED);
    context.fixture.core.plan('accounts', 'reset');
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.status(refundId)).toBe('ACCEPTED');
    expect((await context.fixture.messages(id))[0]).toMatchObject({ last_error: 'the accounts are not known' });
    await context.fixture.repeat();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
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
    const bought = await context.refunds.paid(salary, savings);
    context.fixture.core.calls.length = 0;
    context.fixture.core.plan('credit', reply, reply, reply);
    const { refundId, id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    // Also if the account has changed since.
    context.refunds.has(bought.alia, savings);
    for (let repeats = 0; repeats < 3; repeats++) await context.fixture.repeat();
    expect(context.fixture.coreCalls()).toEqual(['credit', 'credit', 'credit', 'credit']);
    const [first, ...repeated] = context.fixture.core.of('credit');
    expect(repeated).toEqual([first, first, first]);
    expect(await context.refunds.credits(id)).toEqual([`${salary} DONE`]);
    expect(await context.refunds.status(refundId)).toBe('CREDITED');
    expect(change(salary, savings)).toEqual([-7000n, 0n]);
  });

  it('may turn out to be refused: another account is credited then and not before', async () => {
    const [salary, savings = ''] = accounts(2);
    const bought = await context.refunds.paid(salary, savings);
    context.fixture.core.plan('credit', 'reset', CLOSED);
    const { id } = await context.refunds.refund(bought);
    await context.fixture.quiet();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REQUESTED`]);
    await context.fixture.repeat();
    expect(await context.refunds.credits(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 3000n]);
  });
});

it('the books balance after all these tests', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
