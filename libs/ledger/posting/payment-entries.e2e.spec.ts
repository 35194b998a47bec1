import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { LedgerWorld, paymentEntry } from '../../../test/support/ledger-world.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
const world = new LedgerWorld();

describe('the entries of a payment', () => {
  it('move a balance once if the same entry is inserted twice with on conflict do nothing', async () => {
    const account = await world.openAccount('100.00');
    const values = ['repeated', account, IN_TRANSIT];
    const insert = `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
      values ('PAYMENT', $1, $2, $3, 1000, now()) on conflict do nothing`;
    await world.database.query(insert, values);
    await world.database.query(insert, values);
    expect(await world.storedBalance(account)).toBe('90.00');
  });

  it('settle its money in transit with Kaspi or return it to the customer, never both', async () => {
    const account = await world.openAccount('1000.00');
    const reference = 'one-end';
    await world.post({
      purpose: 'PAYMENT',
      reference,
      debit: account,
      credit: IN_TRANSIT,
      amount: Money.parse('10.00'),
    });
    await world.post({
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
    await expect(world.post(reversal)).rejects.toThrow('ledger_entries_one_end');
    expect(await world.storedBalance(account)).toBe('990.00');
  });

  it.each([
    ['PAYMENT', 'ledger_entries_one_payment'],
    ['SETTLEMENT', 'ledger_entries_one_end'],
    ['REVERSAL', 'ledger_entries_one_end'],
  ] as const)('contain %s at most once', async (purpose, constraint) => {
    const account = await world.openAccount('1000.00');
    const reference = `once-${purpose}`;
    const paid = paymentEntry(reference, account, '10.00');
    const end = { purpose, reference, debit: IN_TRANSIT, credit: purpose === 'REVERSAL' ? account : PAYABLE_TO_KASPI };
    const entry = purpose === 'PAYMENT' ? paid : { ...end, amount: paid.amount };
    if (purpose !== 'PAYMENT') await world.post(paid);
    await world.post(entry);
    await expect(world.post(entry)).rejects.toThrow(constraint);
    await expect(world.post({ ...entry, amount: Money.parse('20.00') })).rejects.toThrow(constraint);
    await expect(world.post({ ...entry, debit: IN_TRANSIT, credit: account })).rejects.toThrow(constraint);
    expect(await world.storedBalance(account)).toBe(purpose === 'REVERSAL' ? '1000.00' : '990.00');
  });

  it('contain DIFFERENCE at most once, and only between PAYABLE_TO_KASPI and DIFFERENCES', async () => {
    const account = await world.openAccount('1000.00');
    const entry = { purpose: 'DIFFERENCE', reference: 'once', amount: Money.parse('10.00') } as const;
    for (const other of [account, FUNDING, IN_TRANSIT]) {
      await expect(world.post({ ...entry, debit: other, credit: DIFFERENCES })).rejects.toThrow(
        'cannot be posted between',
      );
      await expect(world.post({ ...entry, debit: PAYABLE_TO_KASPI, credit: other })).rejects.toThrow(
        'cannot be posted between',
      );
    }
    const one = { ...entry, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI };
    await world.post(one);
    await expect(world.post(one)).rejects.toThrow('ledger_entries_once');
    await expect(world.post({ ...one, amount: Money.parse('20.00') })).rejects.toThrow('ledger_entries_once');
    await expect(world.post({ ...one, debit: PAYABLE_TO_KASPI, credit: DIFFERENCES })).rejects.toThrow('entries_once');
    await world.post({ ...entry, reference: 'opposite', debit: PAYABLE_TO_KASPI, credit: DIFFERENCES });
    expect(await world.storedBalance(account)).toBe('1000.00');
  });

  it('contain a difference after a contradiction of Kaspi, and the customer’s balance stays (R36)', async () => {
    const account = await world.openAccount('100.00');
    const [reference, amount] = ['contradicted', Money.parse('10.00')];
    const line = async (kind: string) =>
      (await world.server.mpp.trialBalance()).lines.find(({ account: lineKind }) => lineKind === kind);
    await world.post(paymentEntry(reference, account, '10.00'));
    await world.post({ purpose: 'REVERSAL', reference, debit: IN_TRANSIT, credit: account, amount });
    const before = await line('DIFFERENCES');
    await world.post({ purpose: 'DIFFERENCE', reference, debit: DIFFERENCES, credit: PAYABLE_TO_KASPI, amount });
    expect(before).toEqual({ account: 'DIFFERENCES', debit: '0.00', credit: '0.00' });
    expect(await line('DIFFERENCES')).toEqual({ account: 'DIFFERENCES', debit: '10.00', credit: '0.00' });
    expect(await world.storedBalance(account)).toBe('100.00');
    expect((await world.balances.trialBalance(null)).balanced).toBe(true);
    await world.post({
      ...paymentEntry('opposite direction', account, '10.00'),
      purpose: 'DIFFERENCE',
      debit: PAYABLE_TO_KASPI,
      credit: DIFFERENCES,
    });
    expect(await line('DIFFERENCES')).toEqual(before);
  });

  it('are posted together or not at all', async () => {
    const [rich, poor] = [await world.openAccount('100.00'), await world.openAccount('1.00')];
    await expect(
      world.post(paymentEntry('all-1', rich, '100.00'), paymentEntry('all-2', poor, '1.01')),
    ).rejects.toThrow('no_overdraft');
    expect([await world.storedBalance(rich), await world.storedBalance(poor)]).toEqual(['100.00', '1.00']);
    await world.post(paymentEntry('all-1', rich, '100.00'), paymentEntry('all-2', poor, '1.00'));
    expect([await world.storedBalance(rich), await world.storedBalance(poor)]).toEqual(['0.00', '0.00']);
  });
});
