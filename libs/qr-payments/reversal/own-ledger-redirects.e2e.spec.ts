import { describe, expect, it } from '@jest/globals';
import { MINUTE, ownReversalsFixture } from '../../../test/support/own-reversals-fixture.js';
import { expectProblem } from '../../../test/support/problems.js';

const { fixture, clock, journal, deliver, paid, change, refuse, told, reversalOf, redirect, balances } =
  ownReversalsFixture();

describe('an operator redirects a debit in suspense', () => {
  async function suspended() {
    const { alia, id } = await paid('100.00');
    await change(alia.account, 'CLOSED');
    await refuse();
    return { alia, id };
  }
  const audit = (id: string) =>
    fixture.database.query('select action, actor, reason, details from access_audit where subject = $1', [id]);

  it('to an open account of the customer: at once, with the audit line', async () => {
    const { alia, id } = await suspended();
    await fixture.server.mpp.open(alia.id, '0.00');
    const chosen = await fixture.server.mpp.open(alia.id, '0.00');
    expect(await redirect(id, chosen)).toMatchObject({
      status: 200,
      body: { status: 'REVERSED', reversal: { creditedAccountId: chosen } },
    });
    expect(await balances(alia)).toEqual(['0.00', '100.00']);
    expect(await audit(id)).toMatchObject([
      { action: 'REVERSAL_REDIRECTED', actor: 'aigerim', reason: 'case 4712', details: { accountId: chosen } },
    ]);
    const { messages } = await reversalOf(id);
    expect(messages).toContainEqual(expect.objectContaining({ topic: 'coreReversal', status: 'DONE' }));
    expectProblem(await redirect(id, chosen), 409, 'STATE_CONFLICT');
    expect(await told(id)).toEqual(['payment.reversed']);
  });

  it('to no other account: 422, and it goes on waiting', async () => {
    const { alia, id } = await suspended();
    const stranger = await fixture.customer();
    const blocked = await fixture.server.mpp.open(alia.id, '0.00');
    await change(blocked, 'BLOCKED');
    for (const account of [stranger.account, alia.account, blocked, 'main']) {
      expectProblem(await redirect(id, account), 422, 'ACCOUNT_UNUSABLE');
    }
    expect(await audit(id)).toEqual([]);
    expect((await alia.payment(id)).body.status).toBe('REVERSING');
  });

  it('once: of ten redirects and a repeat at the same moment one gives the money back', async () => {
    const { alia, id } = await suspended();
    const accounts = [await fixture.server.mpp.open(alia.id, '0.00'), await fixture.server.mpp.open(alia.id, '0.00')];
    clock.advance(MINUTE);
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, (_, index) => redirect(id, accounts[index % 2] ?? ''))),
      deliver(),
    ]);
    const found = answers.map(({ status }) => status).toSorted();
    const done = found.filter((status) => status === 200).length;
    expect(done).toBeLessThanOrEqual(1);
    expect(found).toEqual([...Array(done).fill(200), ...Array(10 - done).fill(409)]);
    await deliver();
    expect((await alia.payment(id)).body.status).toBe('REVERSED');
    expect((await balances(alia)).toSorted()).toEqual(['0.00', '100.00']);
    expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
    expect(await audit(id)).toHaveLength(done);
  });
});

it('the books are sound after all these tests', async () => {
  expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
});
