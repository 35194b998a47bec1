import { expect } from '@jest/globals';
import { inTenge, type ModelAccount, tiyn } from './model-types.js';
import type { Run } from './run.js';

/** Two accounts of each customer, in the own ledger or at the bank's core. */
export class Accounts {
  private deposits = 0;

  constructor(private readonly run: Run) {}

  /** Opens both accounts; the first one is debited while it is open. */
  async open(customer: number): Promise<void> {
    for (const isFirst of [true, false]) {
      const id = this.isOwn ? await this.openOwn(customer) : this.openAtCore(customer, isFirst);
      const account: ModelAccount = { id, customer, status: 'OPEN', deposited: 0n };
      this.run.model.accounts.push(account);
      await this.deposit(account, isFirst ? '400.00' : '100.00', false);
    }
  }

  /** Deposits an amount. A deposit that is sent to both servers counts once; at a bank's core the balance is set directly. */
  async deposit(account: ModelAccount, amount: string, toBoth: boolean): Promise<void> {
    if (this.isOwn) {
      const body = { amount, reference: `run-${++this.deposits}` };
      const path = `/ops/v1/accounts/${account.id}/deposits`;
      for (const mpp of [0, 1].slice(toBoth ? 0 : 1).map((at) => this.run.mpp(at))) {
        const { status } = await mpp.call('POST', path, { token: await mpp.teamToken('accounting'), body });
        expect(status).toBe(account.status === 'CLOSED' ? 422 : 200);
      }
      if (account.status === 'CLOSED') return;
    } else {
      const balance = inTenge(this.atCore(account) + tiyn(amount));
      this.run.system.simulator.core.changeAccount(account.id, { balance });
    }
    account.deposited += tiyn(amount);
  }

  /** In SQL: an operator can close an account without a balance only. */
  async change(account: ModelAccount, status: ModelAccount['status']): Promise<void> {
    const { database, simulator } = this.run.system;
    if (this.isOwn) {
      await database.query('update ledger_accounts set status = $2 where id = $1', [account.id, status]);
    } else {
      simulator.core.changeAccount(account.id, { status });
    }
    account.status = status;
  }

  /** The balance at the core, in tiyn. */
  atCore({ id, customer }: ModelAccount): bigint {
    const accounts = this.run.system.simulator.core.accounts(this.run.nameOf(customer));
    return tiyn(accounts.find((account) => account.id === id)?.balance ?? '');
  }

  private get isOwn(): boolean {
    return this.run.model.core === 'own ledger';
  }

  private openOwn(customer: number): Promise<string> {
    // The oldest account is the first.
    this.run.system.clock.advance(1000);
    return this.run.mpp(0).open(this.run.nameOf(customer), '0.00');
  }

  private openAtCore(customer: number, preferred: boolean): string {
    const name = preferred ? 'Зарплатный' : 'Запасной';
    return this.run.system.simulator.core.openAccount({ customerId: this.run.nameOf(customer), name, preferred }).id;
  }
}
