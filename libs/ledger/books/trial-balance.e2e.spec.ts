import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type AccountId, Money } from '@mpp/kernel';
import { LedgerFixture, paymentEntry } from '../../../test/support/ledger-fixture.js';

const fixture = new LedgerFixture();

describe('the trial balance', () => {
  it('is balanced in every reading while 50 deposits and payments run at once', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, () => fixture.openAccount('1000.00')));
    let running = true;
    const work = Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const account = accounts[index % 5] as AccountId;
        return index % 2 === 0
          ? fixture.customerAccounts.postDeposit(account, Money.parse('7.00'), `busy-${index}`)
          : fixture.post(paymentEntry(`busy-${index}`, account, '3.00'));
      }),
    ).finally(() => {
      running = false;
    });
    const readings = [];
    while (running) {
      readings.push(await fixture.balances.trialBalance(null));
      await pause(0);
    }
    await work;
    expect(readings.length).toBeGreaterThan(1);
    expect(readings.filter(({ balanced }) => !balanced)).toEqual([]);
    expect(
      new Set(readings.map(({ lines }) => lines.find(({ account }) => account === 'FUNDING')?.debit)).size,
    ).toBeGreaterThan(1);
  });

  it('is not balanced after a balance was changed with the guards disabled', async () => {
    const account = await fixture.openAccount('1000.00');
    const owner = await fixture.database.connect();
    const changeUnguarded = (sql: string) =>
      owner.query(`begin; alter table ledger_accounts disable trigger ledger_accounts_guard; ${sql};
        alter table ledger_accounts enable always trigger ledger_accounts_guard; commit`);
    await changeUnguarded(`update ledger_accounts set balance = balance + 1 where id = '${account}'`);
    expect((await fixture.balances.trialBalance(null)).balanced).toBe(false);
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: false });
    await changeUnguarded(`update ledger_accounts set balance = balance - 1 where id = '${account}'`);
    expect((await fixture.balances.trialBalance(null)).balanced).toBe(true);
  });
});
