import { describe, expect, it } from '@jest/globals';
import { differencesAtCore } from '../../../test/support/differences-at-core.js';
import type { SettledBody } from '../../../test/support/differences-fixture.js';
import { PsRefunds } from '../../../test/support/ps-refunds.js';
import { until } from '../../../test/support/until.js';

const {
  bank,
  differences,
  customer,
  pay,
  rowOf,
  unknownRow,
  requested,
  untilRequested,
  alerts,
  expectSameAsBank,
  deliver,
} = differencesAtCore();

describe('A purchase at a bank’s core that only Kaspi has', () => {
  it('is a claim without an account, and debited from the account that the operator names', async () => {
    const alia = await customer('500.00');
    const [claim, debit] = await differences().list(unknownRow(alia.id), unknownRow(alia.id));
    if (claim === undefined || debit === undefined) throw new Error('two purchases are missing');
    await differences().settled(claim, 'TAKE_UP');
    bank().faults.set({ coreDebit: [{ do: 'reset' }] });
    const { settlement } = await differences().settled(debit, 'TAKE_UP', alia.accounts[0]);
    const owed = ['DIFFERENCE DIFFERENCES → PAYABLE_TO_KASPI 100.00'];
    expect(await differences().entries(settlement?.reference ?? '')).toEqual(owed);
    bank().faults.clear();
    await untilRequested(debit, 'DEBIT DONE 100.00');
    expect(await requested(claim)).toEqual([]);
    expect(await differences().entries(settlement?.reference ?? '')).toEqual([
      ...owed,
      'DIFFERENCE_DEBIT CORE_CUSTOMER → DIFFERENCES 100.00',
    ]);
    expect(alia.atBank()).toEqual(['400.00']);
    await expectSameAsBank(alia, 500);
    await differences().expectEnded();
  });

  it('stays a claim if the core refuses the debit, with an alert', async () => {
    const alia = await customer('99.00');
    const discrepancy = await differences().listOne('MISSING_AT_MPP', unknownRow(alia.id));
    const { settlement } = await differences().settled(discrepancy, 'TAKE_UP', alia.accounts[0]);
    await untilRequested(discrepancy, 'DEBIT REFUSED 100.00');
    expect(await alerts(discrepancy)).toEqual(['DEBIT INSUFFICIENT_FUNDS']);
    expect(await differences().entries(settlement?.reference ?? '')).toHaveLength(1);
    expect(alia.atBank()).toEqual(['99.00']);
    await differences().expectEnded();
  });

  it('is not kept from the customer if the core debits, loses its answer, and refuses the repeat', async () => {
    const alia = await customer('500.00');
    const discrepancy = await differences().listOne('MISSING_AT_MPP', unknownRow(alia.id));
    bank().faults.set({ coreDebit: [{ do: 'reset' }] });
    await differences().settled(discrepancy, 'TAKE_UP', alia.accounts[0]);
    await deliver();
    bank().faults.set({ coreDebit: [{ do: 'refuse', reason: 'OTHER', count: 1 }] });
    await untilRequested(discrepancy, 'DEBIT REFUSED 100.00', 'REVERSAL DONE 100.00');
    expect(alia.atBank()).toEqual(['500.00']);
    await expectSameAsBank(alia, 500);
    await differences().expectEnded();
  });

  it('is not debited from an account of another customer', async () => {
    const [alia, berik] = [await customer('500.00'), await customer('500.00')];
    const discrepancy = await differences().listOne('MISSING_AT_MPP', unknownRow(alia.id));
    expect((await differences().settle(discrepancy, 'TAKE_UP', berik.accounts[0])).status).toBe(422);
    expect(await requested(discrepancy)).toEqual([]);
  });
});

describe('A payment at a bank’s core that was given back, and that Kaspi lists after all', () => {
  it('is debited again; Kaspi’s refund and another settlement wait for the core’s answer', async () => {
    const alia = await customer('500.00');
    const payment = await pay(alia);
    const { id, purchase } = payment;
    const other = await customer('100.00');
    const rest = rowOf(await pay(other));
    await differences().settled(await differences().listOne('MISSING_AT_KASPI', rest), 'GIVE_BACK');
    await deliver();
    expect(alia.atBank()).toEqual(['500.00']);
    const row = rowOf(payment);
    const listed = await differences().listOne('STATUS_MISMATCH', rest, row);
    bank().faults.set({ coreDebit: [{ do: 'reset' }] });
    await differences().settled(listed, 'TAKE_UP', alia.accounts[0]);
    const ps = new PsRefunds(`${differences().registries.server.kaspiUrl}/refund`);
    const refund = () =>
      ps.refund({ paymentId: purchase, customerId: alia.id, refundId: `R-${id}`, refundAmount: '40.00' });
    expect((await refund()).status).toBe(503);
    const [again] = await differences().list(rest, { ...row, amount: 10_100n });
    expect(again?.kind).toBe('AMOUNT_MISMATCH');
    expect(await differences().settle(again as SettledBody, 'TAKE_UP')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('ещё не ответило') },
    });
    bank().faults.clear();
    await untilRequested(listed, 'DEBIT DONE 100.00');
    expect(alia.atBank()).toEqual(['400.00']);
    expect((await refund()).result?.resultCode).toBe('SUCCESS');
    const credited = async () => {
      await deliver();
      return alia.atBank();
    };
    await until('the credit', credited, ([balance]) => balance === '440.00');
    await expectSameAsBank(alia, 500);
    expect((await differences().registries.server.mpp.trialBalance()).balanced).toBe(true);
  });
});

describe('A purchase that Kaspi lists for another customer of the bank', () => {
  it('is debited from that customer, and the one who paid gets the money', async () => {
    const [alia, berik] = [await customer('500.00'), await customer('500.00')];
    const row = rowOf(await pay(alia), { customerId: berik.id });
    const discrepancy = await differences().listOne('CUSTOMER_MISMATCH', row);
    await differences().settled(discrepancy, 'TAKE_UP', berik.accounts[0]);
    await untilRequested(discrepancy, 'CREDIT DONE 100.00', 'DEBIT DONE 100.00');
    expect([alia.atBank(), berik.atBank()]).toEqual([['500.00'], ['400.00']]);
    await expectSameAsBank(alia, 500);
    await expectSameAsBank(berik, 500);
    await differences().expectEnded();
  });
});
