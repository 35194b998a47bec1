import { describe, expect, it } from '@jest/globals';
import { differencesAtCore } from '../../../test/support/differences-at-core.js';
import type { SettledBody } from '../../../test/support/differences-fixture.js';
import { PsRefunds } from '../../../test/support/ps-refunds.js';
import { until } from '../../../test/support/until.js';

const { bank, differences, customer, pay, rowOf, unknownRow, requested, untilRequested, alerts, deliver } =
  differencesAtCore();
type Customer = Awaited<ReturnType<typeof customer>>;
type Paid = Awaited<ReturnType<typeof pay>>;

const HOUR = 3_600_000;
let operations = 0;
const newOperation = () => `QR7700${++operations}`;
const away = { coreDebit: [{ do: 'reset' as const }], coreCredit: [{ do: 'reset' as const }] };

/** Our answer to a refund of Kaspi: the result code, or the status without one. */
async function refundByKaspi(payment: Paid, refundAmount: string, operation: string): Promise<string> {
  const { status, result } = await new PsRefunds(`${differences().registries.server.kaspiUrl}/refund`).refund({
    ...{ paymentId: payment.purchase, customerId: payment.customerId, refundId: `Ref-${operation}`, refundAmount },
    pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}`,
  });
  return result?.resultCode ?? String(status);
}

const untilAtBank = (who: Customer, ...balances: string[]) =>
  until(
    'the balances at the bank',
    async () => {
      await deliver();
      return who.atBank().join();
    },
    (now) => now === balances.join(),
  );
const refundRow = (payment: Paid, operation: string, amount: bigint, confirmed: 'ДА' | 'НЕТ' = 'ДА') =>
  rowOf(payment, { type: 'Возврат', kaspiOperationId: operation, amount, fee: 0n, confirmed });
const redirect = ({ id }: { id: string }, accountId: string | undefined) =>
  differences().registries.send('POST', `discrepancies/${id}/redirect`, { accountId, reason: 'case 12' });

describe('While the core has not answered to the debit of a refund that Kaspi does not have', () => {
  /** A refund of 40.00 that Kaspi does not have, whose debit is open. */
  async function openDebit(who: Customer, confirmed: 'ДА' | 'НЕТ') {
    const payment = await pay(who);
    const operation = newOperation();
    expect(await refundByKaspi(payment, '40.00', operation)).toBe('SUCCESS');
    await untilAtBank(who, '440.00');
    const found = await differences().list(rowOf(payment, { confirmed }), refundRow(payment, operation, 4_000n, 'НЕТ'));
    const discrepancy = found.at(-1) as SettledBody;
    bank().faults.set(away);
    await differences().settled(discrepancy, 'GIVE_BACK', who.accounts[0]);
    return { payment, operation, found, discrepancy };
  }

  it('another refund of the purchase is repeated by Kaspi, and accepted after the answer', async () => {
    const alia = await customer('500.00');
    const { payment, discrepancy } = await openDebit(alia, 'ДА');
    const other = newOperation();
    expect(await refundByKaspi(payment, '100.00', other)).toBe('503');
    bank().faults.clear();
    await untilRequested(discrepancy, 'DEBIT DONE 40.00');
    expect(await refundByKaspi(payment, '100.00', other)).toBe('SUCCESS');
    await untilAtBank(alia, '500.00');
  });

  it('the purchase is not given back: the rest would be too little', async () => {
    const alia = await customer('500.00');
    const { found, discrepancy } = await openDebit(alia, 'НЕТ');
    const purchase = found[0] as SettledBody;
    expect((await differences().settle(purchase, 'GIVE_BACK')).status).toBe(409);
    bank().faults.clear();
    await untilRequested(discrepancy, 'DEBIT DONE 40.00');
    await differences().settled(purchase, 'GIVE_BACK');
    await untilAtBank(alia, '500.00');
  });
});

describe('A credit that the core', () => {
  /** A payment that Kaspi’s registry has with НЕТ, given back. */
  async function givenBack(who: Customer) {
    const payment = await pay(who);
    const discrepancy = await differences().listOne('STATUS_MISMATCH', rowOf(payment, { confirmed: 'НЕТ' }));
    await differences().settled(discrepancy, 'GIVE_BACK');
    return { payment, discrepancy };
  }

  it('has not answered to keeps the customer from being debited for the same purchase', async () => {
    const alia = await customer('100.00');
    bank().faults.set({ coreCredit: away.coreCredit });
    const { payment, discrepancy } = await givenBack(alia);
    const listed = await differences().listOne('STATUS_MISMATCH', rowOf(payment));
    expect((await differences().settle(listed, 'TAKE_UP', alia.accounts[0])).status).toBe(409);
    bank().faults.clear();
    await untilRequested(discrepancy, 'CREDIT DONE 100.00');
    await differences().settled(listed, 'TAKE_UP', alia.accounts[0]);
    await untilAtBank(alia, '0.00');
    await differences().expectEnded();
  });

  it('has not answered to for an hour is alerted once', async () => {
    const alia = await customer('100.00');
    bank().faults.set({ coreCredit: away.coreCredit });
    const { discrepancy } = await givenBack(alia);
    const unanswered = async () => {
      await deliver();
      return alerts(discrepancy, 'DIFFERENCE_UNANSWERED');
    };
    expect(await unanswered()).toEqual([]);
    for (let hours = 0; hours < 2; hours++) {
      differences().registries.clock.advance(HOUR);
      await until('an alert', unanswered, ({ length }) => length > 0);
    }
    expect(await unanswered()).toEqual([expect.stringMatching(/^CREDIT ./)]);
    bank().faults.clear();
    await untilRequested(discrepancy, 'CREDIT DONE 100.00');
    await untilAtBank(alia, '100.00');
  });

  it('refused is nothing that the customer has: they are not debited again, and nothing is due to them any more', async () => {
    const alia = await customer('500.00', '300.00');
    bank().faults.set({ coreCredit: [{ do: 'refuse', reason: 'OTHER', count: 1 }] });
    const { payment, discrepancy } = await givenBack(alia);
    await untilRequested(discrepancy, 'CREDIT REFUSED 100.00');
    const listed = await differences().listOne('STATUS_MISMATCH', rowOf(payment));
    expect((await differences().settle(listed, 'TAKE_UP', alia.accounts[1])).status).toBe(409);
    await differences().settled(listed, 'TAKE_UP');
    expect((await redirect(discrepancy, alia.accounts[1])).status).toBe(409);
    await deliver();
    expect(alia.atBank()).toEqual(['400.00', '300.00']);
    await differences().expectEnded();
  });

  it('refused is given by a refund of Kaspi, and then not redirected', async () => {
    const alia = await customer('500.00');
    bank().faults.set({ coreCredit: [{ do: 'refuse', reason: 'ACCOUNT_CLOSED', count: 1 }] });
    const { payment, discrepancy } = await givenBack(alia);
    await untilRequested(discrepancy, 'CREDIT REFUSED 100.00');
    bank().core.changeAccount(alia.accounts[0] ?? '', { status: 'CLOSED' });
    expect((await redirect(discrepancy, alia.accounts[0])).status).toBe(422);
    expect(await refundByKaspi(payment, '100.00', newOperation())).toBe('SUCCESS');
    bank().core.changeAccount(alia.accounts[0] ?? '', { status: 'OPEN' });
    await untilAtBank(alia, '500.00');
    expect((await redirect(discrepancy, alia.accounts[0])).status).toBe(409);
    expect(await differences().balanceOf(alia.id)).toBe('0.00');
  });

  it('refused is redirected also if it is another customer’s money of a refund that Kaspi lists for them', async () => {
    const [alia, berik] = [await customer('500.00'), await customer('1.00', '2.00')];
    const payment = await pay(alia);
    const operation = newOperation();
    expect(await refundByKaspi(payment, '100.00', operation)).toBe('SUCCESS');
    await untilAtBank(alia, '500.00');
    const row = { ...refundRow(payment, operation, 10_000n), customerId: berik.id };
    const discrepancy = await differences().listOne('CUSTOMER_MISMATCH', rowOf(payment), row);
    bank().faults.set({ coreCredit: [{ do: 'refuse', reason: 'ACCOUNT_BLOCKED', count: 1 }] });
    await differences().settled(discrepancy, 'TAKE_UP', berik.accounts[0]);
    await untilRequested(discrepancy, 'CREDIT REFUSED 100.00');
    expect((await redirect(discrepancy, berik.accounts[1])).status).toBe(200);
    await untilAtBank(berik, '1.00', '102.00');
    expect((await redirect(discrepancy, berik.accounts[1])).status).toBe(409);
    await differences().expectEnded();
  });

  it('refused is alerted beside a refused debit, and again after a redirection that is refused', async () => {
    const [alia, berik] = [await customer('500.00', '7.00'), await customer('50.00')];
    const row = rowOf(await pay(alia), { customerId: berik.id });
    const discrepancy = await differences().listOne('CUSTOMER_MISMATCH', row);
    bank().faults.set({ coreCredit: [{ do: 'refuse', reason: 'ACCOUNT_BLOCKED' }] });
    await differences().settled(discrepancy, 'TAKE_UP', berik.accounts[0]);
    await untilRequested(discrepancy, 'DEBIT REFUSED 100.00', 'CREDIT REFUSED 100.00');
    expect((await redirect(discrepancy, alia.accounts[1])).status).toBe(200);
    await untilRequested(discrepancy, 'DEBIT REFUSED 100.00', 'CREDIT REFUSED 100.00', 'CREDIT REFUSED 100.00');
    expect((await alerts(discrepancy)).toSorted()).toEqual([
      'CREDIT ACCOUNT_BLOCKED',
      'CREDIT ACCOUNT_BLOCKED',
      'DEBIT INSUFFICIENT_FUNDS',
    ]);
    bank().faults.clear();
    expect((await redirect(discrepancy, alia.accounts[1])).status).toBe(200);
    await untilAtBank(alia, '400.00', '107.00');
  });
});

it('A customer whom the row names without leading zeros is found by an account that they have paid with, the bank’s id of it too', async () => {
  const id = '050101500123';
  const account = bank().core.openAccount({ customerId: id, name: 'Зарплатный', balance: '500.00' }).id;
  const calls = await differences().registries.server.mpp.as(id);
  await pay({ ...calls, id, accounts: [account] } as unknown as Customer);
  const found = await differences().list(unknownRow('50101500123'));
  const discrepancy = found.find(({ kind }) => kind === 'MISSING_AT_MPP') as SettledBody;
  await differences().settled(discrepancy, 'TAKE_UP', account);
  await untilRequested(discrepancy, 'DEBIT DONE 100.00');
  expect(await requested(discrepancy)).toHaveLength(1);
  expect(bank().core.accounts(id)[0]?.balance).toBe('300.00');
});
