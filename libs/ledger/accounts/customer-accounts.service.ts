import { Settings } from '@mpp/config';
import { type AccountId, Clock, type CustomerId, DomainError, MAX_TIYN, type Money } from '@mpp/kernel';
import { Database, violatedConstraint } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type CustomerAccount, customerAccountOf } from '../domain/account.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import type { NewEntry } from '../domain/entry.js';
import { AccountEntity } from '../persistence/account.entity.js';
import { EntryEntity } from '../persistence/entry.entity.js';
import { insertEntries } from '../persistence/posting.statement.js';

/** Customers' accounts in the own ledger. */
@Injectable()
export class CustomerAccounts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** STATE_CONFLICT if a bank's core keeps the accounts: a customer could not pay from an account that is opened here. */
  async openAccount(customerId: CustomerId, name: string): Promise<CustomerAccount> {
    this.requireOwnAccounts();
    const id = uuidv7() as AccountId;
    const createdAt = this.clock.now();
    await this.database.manager.insert(AccountEntity, {
      id,
      kind: 'CUSTOMER',
      customerId,
      name,
      balance: 0n,
      createdAt,
    });
    return this.readAccount(id);
  }

  /** The customer's open accounts, oldest first. */
  async listOpenAccounts(customerId: CustomerId): Promise<CustomerAccount[]> {
    const accounts = await this.database.manager.find(AccountEntity, {
      where: { kind: 'CUSTOMER', customerId, status: 'OPEN' },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return accounts.map(customerAccountOf);
  }

  /**
   * Credits the account once per reference and returns it; the same reference and amount again changes nothing. Errors:
   * REFERENCE_REUSED for another amount under the same reference; NOT_FOUND if no customer has this account; LIMIT_EXCEEDED
   * if its balance would exceed the largest amount; STATE_CONFLICT if a bank's core keeps the accounts.
   */
  async postDeposit(id: AccountId, amount: Money, reference: string): Promise<CustomerAccount> {
    this.requireOwnAccounts();
    await this.readAccount(id);
    const entry: NewEntry = { purpose: 'DEPOSIT', reference, debit: SHARED_ACCOUNTS.FUNDING, credit: id, amount };
    try {
      await this.database.transaction(async (tx) => {
        await insertEntries(tx, [entry], this.clock.now());
        const { balance } = await tx.findOneByOrFail(AccountEntity, { id });
        if (balance !== null && balance > MAX_TIYN) throw new DomainError('LIMIT_EXCEEDED');
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'ledger_entries_deposit_once') throw error;
      const where = { purpose: 'DEPOSIT', creditAccountId: id, reference } as const;
      const first = await this.database.manager.findOneBy(EntryEntity, where);
      if (first === null || !first.amount.equals(amount)) throw new DomainError('REFERENCE_REUSED');
    }
    return this.readAccount(id);
  }

  private requireOwnAccounts(): void {
    if (this.settings.CORE_BANKING_URL !== undefined) throw new DomainError('STATE_CONFLICT', { detail: KEPT_BY_CORE });
  }

  private async readAccount(id: AccountId): Promise<CustomerAccount> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id, kind: 'CUSTOMER' });
    if (account === null) throw new DomainError('NOT_FOUND');
    return customerAccountOf(account);
  }
}

const KEPT_BY_CORE = {
  ru: 'Счета ведёт АБС банка: откройте и пополните счёт там.',
  kk: 'Шоттарды банктің жүйесі жүргізеді: шотты сол жерде ашып, толтырыңыз.',
};
