import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { LedgerFixture, paymentEntry } from '../../../test/support/ledger-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, FEES, DIFFERENCES } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('the entries of a payment', () => {
  it('move a balance once if the same entry is inserted twice with on conflict do nothing', async () => {
    const account = await fixture.openAccount('100.00');
    const values = ['repeated', account, IN_TRANSIT];
    const insert = `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
      values ('PAYMENT', $1, $2, $3, 1000, now()) on conflict do nothing`;
    await fixture.database.query(insert, values);
    await fixture.database.query(insert, values);
    expect(await fixture.storedBalance(account)).toBe('90.00');
  });

  it('settle its money in transit with Kaspi or return it to the customer, never both', async () => {
    const account = await fixture.openAccount('1000.00');
    const reference = 'one-end';
    await fixture.post({
      purpose: 'PAYMENT',
      reference,
      debit: account,
      credit: IN_TRANSIT,
      amount: Money.parse('10.00'),
    });
    await fixture.post({
      purpose: 'SETTLEMENT',
      reference,
      debit: IN_TRANSIT,
      credit: PAYABLE_TO_KASPI,
      amount: Money.parse('10.00'),
    });
    const reversal = {
      purpose: 'REVERSAL',
      reference,
      debit: IN_TRANSIT,
      credit: account,
      amount: Money.parse('10.00'),
    } as const;
    await expect(fixture.post(reversal)).rejects.toThrow('ledger_entries_one_end');
    expect(await fixture.storedBalance(account)).toBe('990.00');
  });

  it.each([
    ['PAYMENT', 'ledger_entries_one_payment'],
    ['SETTLEMENT', 'ledger_entries_one_end'],
    ['REVERSAL', 'ledger_entries_one_end'],
  ] as const)('contain %s at most once', async (purpose, constraint) => {
    const account = await fixture.openAccount('1000.00');
    const reference = `once-${purpose}`;
    const paid = paymentEntry(reference, account, '10.00');
    const end = { purpose, reference, debit: IN_TRANSIT, credit: purpose === 'REVERSAL' ? account : PAYABLE_TO_KASPI };
    const entry = purpose === 'PAYMENT' ? paid : { ...end, amount: paid.amount };
    if (purpose !== 'PAYMENT') await fixture.post(paid);
    await fixture.post(entry);
    await expect(fixture.post(entry)).rejects.toThrow(constraint);
    await expect(fixture.post({ ...entry, amount: Money.parse('20.00') })).rejects.toThrow(constraint);
    await expect(fixture.post({ ...entry, debit: IN_TRANSIT, credit: account })).rejects.toThrow(constraint);
    expect(await fixture.storedBalance(account)).toBe(purpose === 'REVERSAL' ? '1000.00' : '990.00');
  });

  it('contain DIFFERENCE only between DIFFERENCES and what is owed to Kaspi, by Kaspi or as a fee', async () => {
    const account = await fixture.openAccount('1000.00');
    const entry = { purpose: 'DIFFERENCE', reference: 'once', amount: Money.parse('10.00') } as const;
    for (const other of [account, FUNDING, IN_TRANSIT]) {
      await expect(fixture.post({ ...entry, debit: other, credit: DIFFERENCES })).rejects.toThrow(
        'cannot be posted between',
      );
      await expect(fixture.post({ ...entry, debit: PAYABLE_TO_KASPI, credit: other })).rejects.toThrow(
        'cannot be posted between',
      );
    }
    const one = { ...entry, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI };
    for (const other of [PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, FEES]) {
      await fixture.post({ ...one, credit: other });
      await fixture.post({ ...one, debit: other, credit: DIFFERENCES });
    }
    expect(await fixture.storedBalance(account)).toBe('1000.00');
  });

  it('contain a difference after a contradiction of Kaspi, and the customer’s balance stays (R36)', async () => {
    const account = await fixture.openAccount('100.00');
    const [reference, amount] = ['contradicted', Money.parse('10.00')];
    const line = async (kind: string) =>
      (await fixture.server.mpp.trialBalance()).lines.find(({ account: lineKind }) => lineKind === kind);
    await fixture.post(paymentEntry(reference, account, '10.00'));
    await fixture.post({ purpose: 'REVERSAL', reference, debit: IN_TRANSIT, credit: account, amount });
    const before = await line('DIFFERENCES');
    await fixture.post({ purpose: 'DIFFERENCE', reference, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI, amount });
    expect(before).toEqual({ account: 'DIFFERENCES', debit: '0.00', credit: '0.00' });
    expect(await line('DIFFERENCES')).toEqual({ account: 'DIFFERENCES', debit: '10.00', credit: '0.00' });
    expect(await fixture.storedBalance(account)).toBe('100.00');
    expect((await fixture.balances.trialBalance(null)).balanced).toBe(true);
    await fixture.post({
      ...paymentEntry('opposite direction', account, '10.00'),
      purpose: 'DIFFERENCE',
      debit: PAYABLE_TO_KASPI,
      credit: DIFFERENCES,
    });
    expect(await line('DIFFERENCES')).toEqual(before);
  });

  it('are posted together or not at all', async () => {
    const [rich, poor] = [await fixture.openAccount('100.00'), await fixture.openAccount('1.00')];
    await expect(
      fixture.post(paymentEntry('all-1', rich, '100.00'), paymentEntry('all-2', poor, '1.01')),
    ).rejects.toThrow('no_overdraft');
    expect([await fixture.storedBalance(rich), await fixture.storedBalance(poor)]).toEqual(['100.00', '1.00']);
    await fixture.post(paymentEntry('all-1', rich, '100.00'), paymentEntry('all-2', poor, '1.00'));
    expect([await fixture.storedBalance(rich), await fixture.storedBalance(poor)]).toEqual(['0.00', '0.00']);
  });
});
