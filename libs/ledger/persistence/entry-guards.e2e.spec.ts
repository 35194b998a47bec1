import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountId } from '@mpp/kernel';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { type EntryPurpose, SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES, RECEIVABLE_FROM_KASPI, FEES, BANK } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('the database refuses', () => {
  it.each([
    ['a correction of another amount', { amount: 'amount - 1' }, 'correction_parties'],
    ['a correction of another account', { credit_account_id: `'${DIFFERENCES}'` }, 'correction_parties'],
    [
      'a correction in the same direction',
      { debit_account_id: 'debit_account_id', credit_account_id: 'credit_account_id' },
      'correction_parties',
    ],
    ['a correction with another reference', { reference: "reference || '.'" }, 'correction_parties'],
    ['a correction of an entry that does not exist', { corrects: '-1' }, 'correction_parties'],
    ['a correction without an entry', { corrects: 'null' }, 'ledger_entries_explained'],
    ['a correction without a reason', { reason: 'null' }, 'ledger_entries_explained'],
    ['a correction with an empty reason', { reason: "''" }, 'ledger_entries_explained'],
    ['a correction without an operator', { operator: 'null' }, 'ledger_entries_explained'],
    ['a reason of an entry that is not a correction', { purpose: "'DEPOSIT'" }, 'ledger_entries_explained'],
  ])('%s', async (_, changes, constraint) => {
    const id = await fixture.lastEntryOf(await fixture.openAccount('10.00'));
    await expect(fixture.insertCorrection(id, changes as Record<string, string>)).rejects.toMatchObject({
      constraint: expect.stringContaining(constraint),
    });
    await fixture.insertCorrection(id);
    await expect(fixture.insertCorrection(id)).rejects.toMatchObject({ constraint: 'ledger_entries_once' });
  });

  const openOwn = () => fixture.openAccount('100.00');
  it.each<[EntryPurpose, string, () => Promise<[AccountId, AccountId]>]>([
    ['DEPOSIT', 'from in transit', async () => [IN_TRANSIT, await openOwn()]],
    ['DEPOSIT', 'to Kaspi', async () => [FUNDING, PAYABLE_TO_KASPI]],
    ['DEPOSIT', 'to an account at the bank’s core', async () => [FUNDING, await fixture.openMirror()]],
    ['PAYMENT', 'to Kaspi at once', async () => [await openOwn(), PAYABLE_TO_KASPI]],
    ['PAYMENT', 'to another customer', async () => [await openOwn(), await openOwn()]],
    ['PAYMENT', 'from funding', async () => [FUNDING, IN_TRANSIT]],
    ['SETTLEMENT', 'without its payment', async () => [IN_TRANSIT, PAYABLE_TO_KASPI]],
    ['REVERSAL', 'without its payment', async () => [IN_TRANSIT, await openOwn()]],
    ['FEE', 'from a customer', async () => [await openOwn(), PAYABLE_TO_KASPI]],
    ['FEE', 'to in transit', async () => [FEES, IN_TRANSIT]],
    ['NETTING', 'in the opposite direction', async () => [RECEIVABLE_FROM_KASPI, PAYABLE_TO_KASPI]],
    ['NETTING', 'from a customer', async () => [await openOwn(), RECEIVABLE_FROM_KASPI]],
    ['PAYOUT', 'from a customer', async () => [await openOwn(), BANK]],
    ['PAYOUT', 'to a customer', async () => [BANK, await openOwn()]],
    ['PAYOUT', 'from in transit', async () => [IN_TRANSIT, BANK]],
    ['PAYOUT', 'from fees', async () => [FEES, BANK]],
  ])('a %s %s', async (purpose, _, parties) => {
    const [debit, credit] = await parties();
    await expect(fixture.postInSql(purpose, randomUUID(), debit, credit, 100)).rejects.toMatchObject({
      constraint: `ledger_entries_${purpose.toLowerCase()}_parties`,
    });
  });

  it('a settlement or reversal of another amount, and a reversal to another customer', async () => {
    const [account, other] = [await openOwn(), await openOwn()];
    const id = randomUUID();
    await fixture.postInSql('PAYMENT', id, account, IN_TRANSIT, 100);
    await expect(fixture.postInSql('SETTLEMENT', id, IN_TRANSIT, PAYABLE_TO_KASPI, 99)).rejects.toThrow(
      'SETTLEMENT of this amount',
    );
    await expect(fixture.postInSql('SETTLEMENT', id, IN_TRANSIT, DIFFERENCES, 100)).rejects.toThrow(
      'SETTLEMENT of this amount',
    );
    await expect(fixture.postInSql('REVERSAL', id, IN_TRANSIT, account, 101)).rejects.toThrow(
      'REVERSAL of this amount',
    );
    await expect(fixture.postInSql('REVERSAL', id, IN_TRANSIT, other, 100)).rejects.toThrow('REVERSAL of this amount');
    await expect(fixture.postInSql('REVERSAL', id, PAYABLE_TO_KASPI, account, 100)).rejects.toThrow(
      'REVERSAL of this amount',
    );
    await fixture.postInSql('REVERSAL', id, IN_TRANSIT, account, 100);
    expect(await fixture.balanceOf(account)).toBe(10_000n);
  });
});
