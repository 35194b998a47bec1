import { describe, expect, it } from '@jest/globals';
import { differencesAtCore } from '../../../test/support/differences-at-core.js';

const { bank, differences, customer, pay, rowOf, read, requested, untilRequested, alerts, expectSameAsBank, deliver } =
  differencesAtCore();

describe('A payment at a bank’s core that Kaspi does not list', () => {
  async function unlisted(...balances: string[]) {
    const alia = await customer(...balances);
    const listed = await customer('100.00');
    const payment = await pay(alia);
    const discrepancy = await differences().listOne('MISSING_AT_KASPI', rowOf(await pay(listed)));
    return { alia, payment, discrepancy };
  }

  it('is given back on the account that paid', async () => {
    const { alia, payment, discrepancy } = await unlisted('500.00', '7.00');
    bank().faults.set({ coreCredit: [{ do: 'reset' }] });
    await differences().settled(discrepancy, 'GIVE_BACK');
    expect(await requested(discrepancy)).toEqual(['CREDIT ASKED 100.00']);
    bank().faults.clear();
    await untilRequested(discrepancy, 'CREDIT DONE 100.00');
    expect(alia.atBank()).toEqual(['500.00', '7.00']);
    expect((await differences().entries(payment.id)).slice(2)).toEqual([
      'DIFFERENCE PAYABLE_TO_KASPI → DIFFERENCES 100.00',
      'DIFFERENCE_CREDIT DIFFERENCES → CORE_CUSTOMER 100.00',
    ]);
    await expectSameAsBank(alia, 507);
    await differences().settled(discrepancy, 'GIVE_BACK');
    await deliver();
    expect(alia.moved()).toEqual(['DEBIT DONE 100.00', 'CREDIT DONE 100.00']);
    await differences().expectEnded();
  });

  it.each([
    ['loses its answer', { coreCredit: [{ do: 'lose', count: 1 }] }],
    ['is away', { coreCredit: [{ do: 'reset', count: 2 }], coreOutcome: [{ do: 'reset', count: 1 }] }],
  ] as const)('is given back once if the core %s', async (_, faults) => {
    const { alia, discrepancy } = await unlisted('500.00');
    bank().faults.set(faults);
    await differences().settled(discrepancy, 'GIVE_BACK');
    await untilRequested(discrepancy, 'CREDIT DONE 100.00');
    expect(alia.atBank()).toEqual(['500.00']);
    await expectSameAsBank(alia, 500);
    await differences().expectEnded();
  });

  it('is redirected to another account after the core has refused the one that paid', async () => {
    const { alia, discrepancy } = await unlisted('500.00', '7.00');
    const redirect = (accountId = alia.accounts[1]) =>
      differences().registries.send('POST', `discrepancies/${discrepancy.id}/redirect`, {
        accountId,
        reason: 'case 12',
      });
    bank().faults.set({ coreCredit: [{ do: 'reset' }] });
    await differences().settled(discrepancy, 'GIVE_BACK');
    expect((await redirect()).status).toBe(409);
    bank().faults.set({ coreCredit: [{ do: 'refuse', reason: 'ACCOUNT_BLOCKED', count: 1 }] });
    await untilRequested(discrepancy, 'CREDIT REFUSED 100.00');
    expect(await read(discrepancy)).toMatchObject({
      status: 'RESOLVED',
      coreOperations: [{ kind: 'CREDIT', state: 'REFUSED', reason: 'ACCOUNT_BLOCKED' }],
    });
    expect(await alerts(discrepancy)).toEqual(['CREDIT ACCOUNT_BLOCKED']);
    const stranger = await customer('1.00');
    expect((await redirect(stranger.accounts[0])).status).toBe(422);
    const answers = await Promise.all([redirect(), redirect()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await untilRequested(discrepancy, 'CREDIT REFUSED 100.00', 'CREDIT DONE 100.00');
    expect(alia.atBank()).toEqual(['400.00', '107.00']);
    await expectSameAsBank(alia, 507);
    await differences().expectEnded();
  });

  it('can be booked as a difference instead, and no money moves', async () => {
    const { alia, discrepancy } = await unlisted('500.00');
    await differences().settled(discrepancy, 'BOOK_DIFFERENCE');
    await deliver();
    expect(alia.atBank()).toEqual(['400.00']);
    await differences().expectEnded();
  });

  it('is not settled while the core does not tell the customer’s accounts', async () => {
    const { discrepancy } = await unlisted('500.00');
    bank().faults.set({ coreAccounts: [{ do: 'reset', count: 1 }] });
    expect((await differences().settle(discrepancy, 'GIVE_BACK')).status).toBe(503);
    await differences().settled(discrepancy, 'GIVE_BACK');
  });
});
