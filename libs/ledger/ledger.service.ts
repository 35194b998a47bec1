import { Settings } from '@mpp/config';
import { type AccountId, Clock, type CustomerId, DomainError, MAX_TIYN, Money } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { SHARED_ACCOUNTS } from './domain/chart.js';
import type { NewEntry, ToldEntry } from './domain/entry.js';
import { type Receiver, receivingAccount } from './domain/receiver.js';
import { AccountEntity } from './persistence/account.entity.js';
import { balanceOf, entriesAbout, findDeposit, insertEntries, lockAccountsOf } from './persistence/journal.js';

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly currency: string;
  readonly balance: Money;
}

/**
 * The books: customers' accounts and the double-entry journal, in tiyn. The database itself refuses an unbalanced entry,
 * a change, a deletion and an overdraft. Debiting a payment is `ledger_post(…)` inside the payment's own statement.
 */
@Injectable()
export class Ledger {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** STATE_CONFLICT where customers' accounts are at a bank's core: nobody would pay from one that is opened here. */
  async openAccount(customerId: CustomerId, name: string): Promise<Account> {
    this.demandOwnAccounts();
    const id = uuidv7() as AccountId;
    await this.database.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) values ($1, 'CUSTOMER', $2, $3, 0, $4)`,
      [id, customerId, name, this.clock.now()],
    );
    return toAccount(await this.account(id));
  }

  /** The customer's open accounts, oldest first. */
  async accountsOf(customerId: CustomerId): Promise<Account[]> {
    const accounts = await this.database.manager.find(AccountEntity, {
      where: { kind: 'CUSTOMER', customerId, status: 'OPEN' },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return accounts.map(toAccount);
  }

  /**
   * Credits the account once per reference and returns it. The same reference and amount again changes nothing; another
   * amount under it throws REFERENCE_REUSED. NOT_FOUND where there is no such account of a customer, LIMIT_EXCEEDED where
   * its balance would be more than an amount can be, STATE_CONFLICT where accounts are at a bank's core.
   */
  async deposit(id: AccountId, amount: Money, reference: string): Promise<Account> {
    this.demandOwnAccounts();
    await this.account(id);
    const entry: NewEntry = { purpose: 'DEPOSIT', reference, debit: SHARED_ACCOUNTS.FUNDING, credit: id, amount };
    try {
      await this.database.transaction(async (tx) => {
        await this.post(tx, [entry]);
        if ((await balanceOf(tx, id)) > MAX_TIYN) throw new DomainError('LIMIT_EXCEEDED');
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'ledger_entries_deposit_once') throw error;
      const before = await findDeposit(this.database, id, reference);
      if (before === null || !before.amount.equals(amount)) throw new DomainError('REFERENCE_REUSED');
    }
    return toAccount(await this.account(id));
  }

  /** Posts entries in the caller's transaction. */
  async post(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
    if (entries.length > 0) await insertEntries(tx, entries, this.clock.now());
  }

  /**
   * The account that each is to be credited on, null where they have none that is open; see {@link receivingAccount}.
   * Until the transaction ends none of their accounts is closed or blocked.
   */
  async receivingAccounts(tx: Tx, receivers: readonly Receiver[]): Promise<(AccountId | null)[]> {
    if (receivers.length === 0) return [];
    const accounts = await lockAccountsOf(
      tx,
      receivers.map(({ customer }) => customer),
    );
    return receivers.map((receiver) => receivingAccount(accounts, receiver));
  }

  /** The journal of a payment, a refund or several, the oldest first. A deposit may carry any reference, so it is not looked for. */
  async entriesAbout(...references: readonly string[]): Promise<ToldEntry[]> {
    return entriesAbout(this.database, references);
  }

  private demandOwnAccounts(): void {
    if (this.settings.CORE_BANKING_URL !== undefined) throw new DomainError('STATE_CONFLICT', { detail: AT_THE_BANK });
  }

  private async account(id: AccountId): Promise<AccountEntity> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id, kind: 'CUSTOMER' });
    if (account === null) throw new DomainError('NOT_FOUND');
    return account;
  }
}

const AT_THE_BANK = {
  ru: 'Счета ведёт АБС банка: откройте и пополните счёт там.',
  kk: 'Шоттарды банктің жүйесі жүргізеді: шотты сол жерде ашып, толтырыңыз.',
};

function toAccount({ id, name, currency, balance }: AccountEntity): Account {
  if (balance === null) throw new Error(`account ${id} is not a customer's`);
  return { id, name, currency, balance: Money.ofTiyn(balance) };
}
