import { describe, expect, it } from '@jest/globals';
import type { CorePlan, CoreReply } from '../../../test/support/core-peer.js';
import { CLOSED, coreReversalsFixture } from '../../../test/support/core-reversals-fixture.js';
import { ReversalEscalations } from './reversal-escalations.service.js';

const MINUTE = 60_000;
const { context, accounts, reversing, refusedAt, change, reversals, row, told } = coreReversalsFixture();
const messages = async (id: string) =>
  (await context.fixture.messages(id)).filter(({ topic }) => topic === 'coreReversal');

describe('a reversal that the core refuses for the debited account (R41)', () => {
  it('is made to another account of the customer, with alerts, and the customer is told once the money is back', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, alia, ours } = await refusedAt([salary, savings], CLOSED);
    const [first, second] = context.fixture.core.of('reversal');
    const debitId = context.fixture.core.of('debit')[0]?.operationId;
    expect(second?.operationId).not.toBe(first?.operationId);
    expect([first?.body, second?.body]).toMatchObject([
      { accountId: salary, debitId, amount: '100.00', reference: id },
      { accountId: savings, debitId, amount: '100.00', reference: id },
    ]);
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect((await alia.payment(id)).body).toMatchObject({
      status: 'REVERSED',
      failure: { message: expect.stringMatching(/Деньги возвращены\.$/) },
    });
    expect(await row(id)).toMatchObject({ suspended_at: null, credited_account_id: ours[1] });
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
    expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_REFUSED', 'REVERSAL_TO_OTHER_ACCOUNT']);
    expect(await told(id)).toEqual(['payment.reversed']);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
  });

  it('is in suspense if the customer has no other one: the customer does not read that the money is back until it is', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id, alia } = await refusedAt([salary], CLOSED, CLOSED, CLOSED);
    context.fixture.core.has(alia.id, { id: salary, status: 'CLOSED' }, { id: 'V-usd', currency: 'USD' });
    await context.fixture.repeat();
    expect((await alia.payment(id)).body).toMatchObject({
      status: 'REVERSING',
      failure: { message: expect.stringMatching(/Деньги возвращаются\.$/) },
    });
    expect(await row(id)).toMatchObject({ suspended_at: expect.any(Date), credited_at: null });
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
    expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_REFUSED', 'REVERSAL_IN_SUSPENSE']);
    expect(await told(id)).toEqual([]);
    // It yields to money that can be given back.
    expect(await messages(id)).toMatchObject([{ deadline: null }]);
    expect(context.fixture.core.of('reversal').map(({ body }) => body?.accountId)).toEqual([salary, salary]);
    context.fixture.core.reset();
    context.fixture.core.has(alia.id, { id: savings });
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSED');
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
    expect(await told(id)).toEqual(['payment.reversed']);
    expect(await messages(id)).toEqual([]);
  });

  it('is made to the same account from suspense once it takes money again', async () => {
    const [salary] = accounts(1);
    const { id } = await refusedAt([salary], CLOSED, CLOSED, CLOSED);
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSING');
    await context.fixture.repeat();
    expect(await reversals(id)).toEqual([...Array(3).fill(`${salary} REFUSED`), `${salary} DONE`]);
    expect(await context.fixture.status(id)).toBe('REVERSED');
    expect(change(salary)).toEqual([0n]);
    expect(await context.fixture.alerts(id)).toEqual(['REVERSAL_REFUSED', 'REVERSAL_IN_SUSPENSE']);
  });

  it('tries all accounts, those first that refused least often, one operation at a time', async () => {
    const names = accounts(3);
    const open: number[] = [];
    const looksThenRefuses: CorePlan = async (call) => {
      const rows = await context.fixture.database.query(
        `select 1 from core_operations where core_account = any($1) and kind = 'REVERSAL' and state = 'REQUESTED'`,
        [names],
      );
      open.push(rows.length);
      return (CLOSED as (of: typeof call) => CoreReply)(call);
    };
    const { id } = await refusedAt(names, ...Array(4).fill(looksThenRefuses));
    expect(open).toEqual([1, 1, 1, 1]);
    const all = await reversals(id);
    expect(all.slice(0, 3).toSorted()).toEqual(names.map((name) => `${name} REFUSED`).toSorted());
    expect(await context.fixture.status(id)).toBe('REVERSING');
    await context.fixture.repeat();
    expect(await context.fixture.status(id)).toBe('REVERSED');
  });

  it('is neither in suspense nor made while the accounts are unknown: they are requested again', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await reversing([salary, savings], CLOSED);
    context.fixture.core.plan('accounts', 'reset');
    await context.fixture.quiet();
    expect(await row(id)).toMatchObject({ suspended_at: null, credited_at: null });
    expect(await messages(id)).toMatchObject([{ last_error: 'the accounts are not known' }]);
    await context.fixture.repeat();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
  });

  it('is alerted at 50, 80 and 100 % of the hour from when the debit was due back, also in suspense', async () => {
    const [salary] = accounts(1);
    const { id } = await refusedAt([salary], ...Array(4).fill(CLOSED));
    const look = () => context.fixture.server.app.get(ReversalEscalations, { strict: false }).escalateDue();
    const raised: number[] = [];
    for (const minutes of [30, 18, 12]) {
      context.fixture.clock.advance(minutes * MINUTE);
      raised.push(await look());
    }
    expect(raised).toEqual([1, 1, 1]);
    expect((await context.fixture.alerts(id)).slice(2)).toEqual([
      'REVERSAL_HALF_TIME',
      'REVERSAL_SHORT_OF_TIME',
      'REVERSAL_OVERDUE',
    ]);
    const metrics = await (await fetch(`${context.fixture.server.publicUrl}/metrics`)).text();
    expect(metrics).toMatch(/^mpp_reversals_suspended 1$/m);
    context.fixture.core.reset();
    await context.fixture.quiet();
    expect(await context.fixture.status(id)).toBe('REVERSED');
  });
});

describe('a reversal whose outcome is unknown', () => {
  it.each<[string, CoreReply]>([
    ['the answer was lost', 'lost'],
    ['the request never arrived', 'reset'],
    ['the core answers HTTP 502', { status: 502, text: '' }],
  ])('because %s is requested again with the same content, and no other account is tried', async (_, reply) => {
    const [salary, savings = ''] = accounts(2);
    const { id, alia } = await refusedAt([salary, savings], reply, reply, reply);
    // Also if the account has changed since.
    context.fixture.core.has(alia.id, { id: savings });
    for (let repeats = 0; repeats < 3; repeats++) await context.fixture.repeat();
    const [first, ...repeated] = context.fixture.core.of('reversal');
    expect(repeated).toEqual([first, first, first]);
    expect(await reversals(id)).toEqual([`${salary} DONE`]);
    expect(change(salary, savings)).toEqual([0n, 0n]);
  });

  it('may turn out to be refused: another account is tried then and not before', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await refusedAt([salary, savings], 'reset', CLOSED);
    expect(await reversals(id)).toEqual([`${salary} REQUESTED`]);
    await context.fixture.repeat();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
  });

  it('on the second account is repeated there: the first one is not tried again', async () => {
    const [salary, savings = ''] = accounts(2);
    const { id } = await refusedAt([salary, savings], CLOSED, 'lost', 'reset');
    for (let repeats = 0; repeats < 2; repeats++) await context.fixture.repeat();
    expect(await reversals(id)).toEqual([`${salary} REFUSED`, `${savings} DONE`]);
    expect(change(salary, savings)).toEqual([-10_000n, 10_000n]);
  });
});

it('the books balance after all these tests', async () => {
  expect((await context.fixture.server.mpp.trialBalance()).balanced).toBe(true);
});
