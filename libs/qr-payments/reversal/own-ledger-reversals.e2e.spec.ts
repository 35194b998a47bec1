import { describe, expect, it } from '@jest/globals';
import { MINUTE, ownReversalsFixture } from '../../../test/support/own-reversals-fixture.js';
import { ReversalEscalations } from './reversal-escalations.service.js';

const { fixture, clock, journal, deliver, paid, change, refuse, creditedKinds, ...read } = ownReversalsFixture();
const { alerts, told, statuses, reversalOf, balances } = read;

describe('a debit of the own ledger that the PS refuses', () => {
  it('is on the debited account in the same transaction: REVERSING is never seen', async () => {
    const { alia, id } = await paid();
    await refuse();
    expect((await alia.payment(id)).body.status).toBe('REVERSED');
    expect(await alia.balance()).toBe('1000.00');
    expect(await statuses(id)).toEqual(['AWAITING_CONFIRMATION', 'PROCESSING', 'REVERSED']);
    expect(await reversalOf(id)).toMatchObject({
      reversal: { suspendedAt: null, creditedAt: clock.now().toISOString(), creditedAccountId: alia.account },
    });
    expect(await alerts(id)).toEqual([]);
    expect(await told(id)).toEqual(['payment.reversed']);
  });

  it.each(['BLOCKED', 'CLOSED'])(
    'is on another account of the customer at once if the debited one is %s',
    async (status) => {
      const { alia, id } = await paid('100.00');
      const other = await fixture.server.mpp.open(alia.id, '0.00');
      expect((await change(alia.account, status)).status).toBe(200);
      await refuse();
      expect((await alia.payment(id)).body.status).toBe('REVERSED');
      expect(await balances(alia)).toEqual(['100.00']);
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await reversalOf(id)).toMatchObject({ reversal: { suspendedAt: null, creditedAccountId: other } });
      expect(await alerts(id)).toEqual(['REVERSAL_TO_OTHER_ACCOUNT']);
      expect(await told(id)).toEqual(['payment.reversed']);
    },
  );

  it.each(['BLOCKED', 'CLOSED'])(
    'is in suspense if the only account is %s: REVERSING, and the customer does not read that the money is back until it is',
    async (status) => {
      const { alia, id } = await paid('100.00');
      await change(alia.account, status);
      await refuse();
      expect((await alia.payment(id)).body).toMatchObject({
        status: 'REVERSING',
        failure: { code: 'KASPI_REFUSED', message: expect.stringMatching(/Деньги возвращаются\.$/) },
      });
      expect((await alia.confirm(id)).status).toBe(202);
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await alerts(id)).toEqual(['REVERSAL_IN_SUSPENSE']);
      expect(await told(id)).toEqual([]);
      expect(await reversalOf(id)).toMatchObject({
        reversal: { suspendedAt: expect.any(String), creditedAt: null },
        messages: expect.arrayContaining([expect.objectContaining({ topic: 'coreReversal', status: 'WAITING' })]),
      });
      expect(await creditedKinds(id)).toEqual(['IN_TRANSIT', 'REVERSALS_IN_SUSPENSE']);
      clock.advance(MINUTE);
      await deliver();
      expect((await alia.payment(id)).body.status).toBe('REVERSING');
      await change(alia.account, 'OPEN');
      clock.advance(MINUTE);
      await deliver();
      expect((await alia.payment(id)).body).toMatchObject({
        status: 'REVERSED',
        failure: { message: expect.stringMatching(/Деньги возвращены\.$/) },
      });
      expect(await alia.balance()).toBe('100.00');
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE']);
      expect(await statuses(id)).toEqual(['AWAITING_CONFIRMATION', 'PROCESSING', 'REVERSING', 'REVERSED']);
      expect(await told(id)).toEqual(['payment.reversed']);
    },
  );

  it('is released to an account that the customer opens later, with an alert', async () => {
    const { alia, id } = await paid('100.00');
    await change(alia.account, 'CLOSED');
    await refuse();
    await fixture.server.mpp.open(alia.id, '5.00');
    clock.advance(MINUTE);
    await deliver();
    expect(await balances(alia)).toEqual(['105.00']);
    expect(await alerts(id)).toEqual(['REVERSAL_IN_SUSPENSE', 'REVERSAL_TO_OTHER_ACCOUNT']);
  });

  it('in suspense is alerted at 50, 80 and 100 % of the hour from when it was due back', async () => {
    const { alia, id } = await paid('100.00');
    await change(alia.account, 'CLOSED');
    await refuse();
    const look = () => fixture.server.app.get(ReversalEscalations, { strict: false }).escalateDue();
    const raised: number[] = [];
    for (const minutes of [29, 1, 17, 1, 11, 1]) {
      clock.advance(minutes * MINUTE);
      await look();
      raised.push((await alerts(id)).length - 1);
    }
    expect(raised).toEqual([0, 1, 1, 2, 2, 3]);
    const ALL = ['REVERSAL_IN_SUSPENSE', 'REVERSAL_HALF_TIME', 'REVERSAL_SHORT_OF_TIME', 'REVERSAL_OVERDUE'];
    expect(await alerts(id)).toEqual(ALL);
    await change(alia.account, 'OPEN');
    await deliver();
    expect((await alia.payment(id)).body.status).toBe('REVERSED');
    expect(await alerts(id)).toEqual(ALL);
  });

  it('goes the same ways after an operator’s decision, which is answered with what is true', async () => {
    const alia = await fixture.customer('100.00');
    fixture.reply('notifyPayment', 'reset', 'reset');
    const { id } = (await alia.scan(`doubt-in-own-ledger`)).body.payment;
    await alia.confirm(id);
    await deliver();
    clock.advance(16 * MINUTE);
    await deliver();
    expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
    await change(alia.account, 'CLOSED');
    expect(await fixture.server.mpp.resolve(id, 'REVERSED')).toMatchObject({
      status: 200,
      body: { status: 'REVERSING', settledBy: 'OPERATOR', reversal: { suspendedAt: clock.now().toISOString() } },
    });
    expect(await alerts(id)).toEqual(['PAYMENT_IN_DOUBT', 'REVERSAL_IN_SUSPENSE']);
  });

  it('and that closes at the same moment is on the account or in suspense, never on a closed account', async () => {
    for (let n = 0; n < 5; n++) {
      const { alia, id } = await paid('100.00');
      clock.advance(MINUTE);
      const [closed] = await Promise.all([change(alia.account, 'CLOSED'), deliver()]);
      const { status } = (await alia.payment(id)).body;
      expect([
        [200, 'REVERSING'],
        [409, 'REVERSED'],
      ]).toContainEqual([closed.status, status]);
    }
  });
});

it('the books are sound after all these tests', async () => {
  expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
});
