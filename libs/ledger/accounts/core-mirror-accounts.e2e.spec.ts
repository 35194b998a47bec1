import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { IN_TRANSIT } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('the mirror of an account at the bank’s core (CORE_CUSTOMER)', () => {
  it('is opened once for each customer and account of the core, also by 10 calls at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => fixture.openMirror('M1', 'KZ01')));
    expect(new Set(ids).size).toBe(1);
    expect(await fixture.openMirror('M1', 'KZ02')).not.toBe(ids[0]);
    expect(await fixture.openMirror('M2', 'KZ01')).not.toBe(ids[0]);
  });

  it('is not opened under the id of another account', async () => {
    const account = await fixture.openAccount();
    await expect(fixture.openMirror('M3', 'KZ01', account)).rejects.toThrow('belongs to another customer');
  });

  it('has the sum of our entries as its balance: negative after a payment, 0.00 after its reversal', async () => {
    const account = await fixture.openMirror();
    const id = randomUUID();
    await fixture.postInSql('PAYMENT', id, account, IN_TRANSIT, 700);
    const readAccount = async () => (await fixture.call('GET', `ledger/accounts/${account}`)).body;
    expect(await readAccount()).toMatchObject({ kind: 'CORE_CUSTOMER', balance: '-7.00', normalSide: 'CREDIT' });
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
    await fixture.postInSql('REVERSAL', id, IN_TRANSIT, account, 700);
    expect(await readAccount()).toMatchObject({ balance: '0.00' });
  });

  it('is not one of the accounts from which a customer of the own ledger pays', async () => {
    await fixture.openMirror('M4', 'KZ01');
    expect(await fixture.customerAccounts.listOpenAccounts('M4' as CustomerId)).toEqual([]);
    expect(await fixture.database.query("select * from ledger_paying_account('M4', null)")).toEqual([]);
  });

  it.each([
    [
      'an account of the own ledger that names an account of the core',
      "'CUSTOMER', 'M5', 'KZ01', 0",
      'ledger_accounts_core',
    ],
    ['a mirror without an account of the core', "'CORE_CUSTOMER', 'M5', null, 0", 'ledger_accounts_core'],
    ['a mirror without a customer', "'CORE_CUSTOMER', null, 'KZ01', 0", 'ledger_accounts_customer'],
    ['a shared account with a customer', "'FEES', 'M5', null, null", 'ledger_accounts_(customer|shared)'],
    ['a second shared account', "'FEES', null, null, null", 'ledger_accounts_shared'],
  ])('the database refuses %s', async (_, values, constraint) => {
    const insert = `insert into ledger_accounts (id, kind, customer_id, core_account, balance, name, created_at)
      values (gen_random_uuid(), ${values}, 'n', now())`;
    await expect(fixture.database.query(insert)).rejects.toMatchObject({
      constraint: expect.stringMatching(constraint),
    });
  });

  it('keeps its customer and its account of the core', async () => {
    const account = await fixture.openMirror();
    for (const change of ["core_account = 'KZ09'", "customer_id = 'thief'"])
      await expect(
        fixture.database.query(`update ledger_accounts set ${change} where id = $1`, [account]),
      ).rejects.toThrow('the owner of an account cannot change');
  });
});
