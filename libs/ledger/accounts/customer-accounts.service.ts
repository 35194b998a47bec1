import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { type AccountId, Clock, type CustomerId, DomainError, MAX_TIYN, type Money } from '@mpp/kernel';
import { Database, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import {
  ACCOUNT_CLOSED,
  type AccountStatus,
  type CustomerAccount,
  customerAccountOf,
  decideStatus,
  KEPT_BY_CORE,
  type LedgerAccount,
} from '../domain/account.js';
import { isCustomerKind, SHARED_ACCOUNTS } from '../domain/chart.js';
import type { NewEntry } from '../domain/entry.js';
import { AccountEntity } from '../persistence/account.entity.js';
import { EntryEntity } from '../persistence/entry.entity.js';
import { insertEntries } from '../persistence/posting.statement.js';

/** Customers' accounts in the own ledger. */
@Injectable()
export class CustomerAccounts {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
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
   * if its balance would exceed the largest amount; ACCOUNT_UNUSABLE if it is closed; STATE_CONFLICT if a bank's core keeps the
   * accounts.
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
      const constraint = violatedConstraint(error);
      if (constraint === 'ledger_accounts_open') throw new DomainError('ACCOUNT_UNUSABLE', { detail: ACCOUNT_CLOSED });
      if (constraint !== 'ledger_entries_deposit_once') throw error;
      const where = { purpose: 'DEPOSIT', creditAccountId: id, reference } as const;
      const first = await this.database.manager.findOneBy(EntryEntity, where);
      if (first === null || !first.amount.equals(amount)) throw new DomainError('REFERENCE_REUSED');
    }
    return this.readAccount(id);
  }

  /**
   * Opens, blocks or closes the account and records the operator. The status that it has already changes nothing. Money on its
   * way back takes another way once its account is not open (R41). NOT_FOUND if no customer has the account; see
   * {@link decideStatus} for ACCOUNT_NOT_EMPTY and STATE_CONFLICT.
   */
  async changeStatus(id: AccountId, status: AccountStatus, reason: string, operator: string): Promise<LedgerAccount> {
    return this.database.transaction(async (tx) => {
      const account = await tx.findOne(AccountEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (account === null || !isCustomerKind(account.kind)) throw new DomainError('NOT_FOUND');
      if (!decideStatus(account, status)) return account;
      await tx.update(AccountEntity, { id }, { status });
      await this.trail.recordAction(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'ACCOUNT_STATUS_CHANGED',
        subject: id,
        customerId: account.customerId,
        reason,
        details: { before: account.status, after: status },
      });
      tx.afterCommit(() => this.log.warn(`account ${id} ${account.status} → ${status} by an operator`));
      return { ...account, status };
    });
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
